/**
 * The plugin's section of the configuration.
 *
 * @since 0.1.0
 */
import * as PluginSettings from "@runctl/core/PluginSettings"

/**
 * What the configuration says under `providers.lyceum`.
 *
 * **Details**
 * - `endpoint`: where the API is, without a slash at its end.
 * - `apiKeyFile`: a file with the key, and the only place then.
 * - `organization`: the slug of the one that a session of `lyceum auth login` is to act for; a key has its own.
 * - `sshUser`: who logs in; those that were seen are tried where nobody is named.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  readonly endpoint: string
  readonly apiKeyFile: string | undefined
  readonly organization: string | undefined
  readonly sshUser: string | undefined
}

/** @source docs.lyceum.technology/api-reference/introduction (read 2026-11-20) */
const endpoint = "https://api.lyceum.technology"

/** The settings, or everything that is wrong with them: file and line, and the key that was meant. @category parsing @since 0.1.0 */
export const parse: PluginSettings.Parse<Settings> = PluginSettings.section("providers.lyceum", (read) => ({
  endpoint: read("endpoint", PluginSettings.endpoint, endpoint),
  apiKeyFile: read("api-key-file", PluginSettings.text, undefined),
  organization: read("organization", PluginSettings.text, undefined),
  sshUser: read("ssh-user", PluginSettings.text, undefined)
}))
