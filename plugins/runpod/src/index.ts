/**
 * Trains on RunPod's pods, of the secure and the community cloud.
 *
 * @since 0.1.0
 */
import { define, type ProviderPlugin } from "@runctl/core/ProviderPlugin"
import { layer } from "./RunPodProvider.ts"

/**
 * Rents pods with the key in `RUNPOD_API_KEY` or RunPod's own configuration.
 *
 * @category plugins
 * @since 0.1.0
 */
export const plugin: ProviderPlugin = define({ name: "runpod", layer })
