/**
 * The plugin's section of the configuration.
 *
 * @since 0.1.0
 */
import * as PluginSettings from "@runctl/core/PluginSettings"
import type { Filters } from "./Market.ts"

/**
 * What the configuration says under `providers.vastai`.
 *
 * **Details**
 * - `endpoint`: where the API is, without a slash at its end.
 * - `image`: what is started where nobody names an image.
 * - `ssh`: the way to a machine: its host's own address where that can be had, or always Vast.ai's proxy.
 * - `pace`: how much of the documented time is kept between two calls: 2 where another program uses the same key.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings extends Filters {
  readonly endpoint: string
  readonly image: string
  readonly ssh: "direct" | "proxy"
  readonly pace: number
}

/**
 * Vast.ai's own API, hosts that it has verified and that keep up, and its image for its own machines.
 *
 * @source https://docs.vast.ai/api-reference (description of 2026-08-07)
 * @category constants
 * @since 0.1.0
 */
export const defaultSettings: Settings = {
  endpoint: "https://console.vast.ai",
  image: "vastai/base-image:@vastai-automatic-tag",
  ssh: "direct",
  pace: 1,
  verified: true,
  datacenter: false,
  minReliability: 0.95,
  minDownloadMbps: 100
}

/**
 * The settings, or everything that is wrong with them: file and line, and the key that was meant.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse: PluginSettings.Parse<Settings> = PluginSettings.section("providers.vastai", (read) => ({
  endpoint: read("endpoint", PluginSettings.endpoint, defaultSettings.endpoint),
  image: read("image", PluginSettings.text, defaultSettings.image),
  ssh: read("ssh", PluginSettings.oneOf(["direct", "proxy"]), defaultSettings.ssh),
  pace: read("pace", PluginSettings.number({ minimum: 0, maximum: 100 }), defaultSettings.pace),
  verified: read("verified", PluginSettings.flag, defaultSettings.verified),
  datacenter: read("datacenter", PluginSettings.flag, defaultSettings.datacenter),
  minReliability: read(
    "min-reliability",
    PluginSettings.number({ minimum: 0, maximum: 1, what: "a share" }),
    defaultSettings.minReliability
  ),
  minDownloadMbps: read("min-download-mbps", PluginSettings.number({ minimum: 0 }), defaultSettings.minDownloadMbps)
}))
