/**
 * The plugin's section of the configuration.
 *
 * @since 0.1.0
 */
import * as PluginSettings from "@runctl/core/PluginSettings"

/**
 * What the configuration says under `providers.digitalocean`.
 *
 * **Details**
 * - `endpoint`: where the API is, without a slash at its end.
 * - `sshPort`: where the image's sshd listens.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  readonly endpoint: string
  readonly sshPort: number
}

/**
 * DigitalOcean's own API, and the port of its images.
 *
 * @source https://docs.digitalocean.com/reference/api/ (read 2026-11-20)
 * @category constants
 * @since 0.1.0
 */
export const defaultSettings: Settings = { endpoint: "https://api.digitalocean.com", sshPort: 22 }

/**
 * The settings, or everything that is wrong with them: file and line, and the key that was meant.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse: PluginSettings.Parse<Settings> = PluginSettings.section("providers.digitalocean", (read) => ({
  endpoint: read("endpoint", PluginSettings.endpoint, defaultSettings.endpoint),
  sshPort: read("ssh-port", PluginSettings.port, defaultSettings.sshPort)
}))
