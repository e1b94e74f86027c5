/**
 * Trains on this computer.
 *
 * @since 0.1.0
 */
import { define, type ProviderPlugin } from "@runctl/core/ProviderPlugin"
import { layer } from "./LocalProvider.ts"

/**
 * Rents "machines" that are folders and processes of this computer. They cost nothing and outlive the program that
 * rented them.
 *
 * @category plugins
 * @since 0.1.0
 */
export const plugin: ProviderPlugin = define({ name: "local", layer })
