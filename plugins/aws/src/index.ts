/**
 * Trains on AWS EC2: on-demand and spot instances.
 *
 * @since 0.1.0
 */
import { define, type ProviderPlugin } from "@runctl/core/ProviderPlugin"
import { layer } from "./AwsProvider.ts"

/**
 * Rents instances with the keys that AWS's own tools would find.
 *
 * @category plugins
 * @since 0.1.0
 */
export const plugin: ProviderPlugin = define({ name: "aws", layer })
