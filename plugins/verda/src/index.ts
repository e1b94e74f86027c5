/**
 * Trains on Verda's instances, with and without GPUs, on demand and spot.
 *
 * @since 0.1.0
 */
import { define, type ProviderPlugin } from "@runctl/core/ProviderPlugin"
import { layer } from "./VerdaProvider.ts"

/**
 * Rents instances with the credentials in `VERDA_CLIENT_ID` and `VERDA_CLIENT_SECRET`, or in the file of Verda's CLI.
 *
 * @category plugins
 * @since 0.1.0
 */
export const plugin: ProviderPlugin = define({ name: "verda", layer })
