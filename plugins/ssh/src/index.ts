/**
 * Trains on your own machines, reached over SSH.
 *
 * @since 0.1.0
 */
import { define, type ProviderPlugin } from "@runctl/core/ProviderPlugin"
import { layer } from "./SshProvider.ts"

/**
 * Rents the hosts of an inventory: claims one that is free, and releases it when it is terminated.
 *
 * @category plugins
 * @since 0.1.0
 */
export const plugin: ProviderPlugin = define({ name: "ssh", layer })
