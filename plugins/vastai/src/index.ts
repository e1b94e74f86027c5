/**
 * Trains on Vast.ai: instances of its marketplace, on demand and by bid.
 *
 * @since 0.1.0
 */
import { define, type ProviderPlugin } from "@runctl/core/ProviderPlugin"
import { layer } from "./VastaiProvider.ts"

/**
 * Rents instances with the key in `VAST_API_KEY` or vastai's own files.
 *
 * @category plugins
 * @since 0.1.0
 */
export const plugin: ProviderPlugin = define({ name: "vastai", layer })
