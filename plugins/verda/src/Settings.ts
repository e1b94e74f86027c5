/**
 * The plugin's section of the configuration.
 *
 * @since 0.1.0
 */
import * as PluginSettings from "@runctl/core/PluginSettings"

/**
 * What the configuration says under `providers.verda`.
 *
 * **Details**
 * - `endpoint`: where the API is, without `/v1` and without a slash at its end.
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
 * Verda's own API, and the port of its images.
 *
 * @source https://api.verda.com/v1/openapi.json (a copy of 2026-09-25)
 * @category constants
 * @since 0.1.0
 */
export const defaultSettings: Settings = { endpoint: "https://api.verda.com", sshPort: 22 }

/**
 * The settings, or everything that is wrong with them: file and line, and the key that was meant.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse: PluginSettings.Parse<Settings> = PluginSettings.section("providers.verda", (read) => ({
  endpoint: read("endpoint", PluginSettings.endpoint, defaultSettings.endpoint),
  sshPort: read("ssh-port", PluginSettings.port, defaultSettings.sshPort)
}))
