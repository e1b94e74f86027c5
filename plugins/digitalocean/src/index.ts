/**
 * Trains on DigitalOcean's droplets, with and without GPUs.
 *
 * @since 0.1.0
 */
import { define, type ProviderPlugin } from "@runctl/core/ProviderPlugin"
import { layer } from "./DigitalOceanProvider.ts"

/**
 * Rents droplets with the token in `DIGITALOCEAN_TOKEN`, `DIGITALOCEAN_ACCESS_TOKEN` or doctl's configuration.
 *
 * @category plugins
 * @since 0.1.0
 */
export const plugin: ProviderPlugin = define({ name: "digitalocean", layer })
