/**
 * Trains on Lyceum's virtual machines with GPUs, over SSH.
 *
 * @since 0.1.0
 */
import { define, type ProviderPlugin } from "@runctl/core/ProviderPlugin"
import { layer } from "./LyceumProvider.ts"

/**
 * Rents machines with the key in `LYCEUM_API_KEY`, or where Lyceum's CLI keeps it.
 *
 * @category plugins
 * @since 0.1.0
 */
export const plugin: ProviderPlugin = define({ name: "lyceum", layer })
