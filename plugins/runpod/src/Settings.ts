/**
 * The plugin's section of the configuration.
 *
 * @since 0.1.0
 */
import * as PluginSettings from "@runctl/core/PluginSettings"
import * as Result from "effect/Result"

/** Whose machines: RunPod's own data centers, or other people's. @category models @since 0.1.0 */
export type CloudKind = "secure" | "community"

/**
 * What the configuration says under `providers.runpod`.
 *
 * **Details**
 * - `endpoint`: where the API is, without a slash at its end.
 * - `cloud`: only one of the two clouds.
 * - `diskGb`: the container's disk, which a stop wipes.
 * - `volumeGb`: the volume that a stop keeps; 0 for none, and then pods cannot be stopped.
 * - `networkVolume`: the id or name of a volume that outlives pods, at `/workspace`; with it `volumeGb` is 0.
 * - `registry`: the id of the credential for private images.
 * - `minCuda`: the lowest CUDA that a host's driver must know.
 *
 * **Units**  GB (10^9 bytes), as RunPod counts
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  readonly endpoint: string
  readonly cloud: CloudKind | undefined
  readonly diskGb: number
  readonly volumeGb: number
  readonly networkVolume: string | undefined
  readonly registry: string | undefined
  readonly minCuda: string
}

/**
 * RunPod's own API, both clouds, and disks that are large enough for every image of RunPod's.
 *
 * @source https://docs.runpod.io/api-reference-v2 (read 2026-11-27)
 * @category constants
 * @since 0.1.0
 */
export const defaultSettings: Settings = {
  endpoint: "https://api.runpod.io",
  cloud: undefined,
  diskGb: 20,
  volumeGb: 20,
  networkVolume: undefined,
  registry: undefined,
  minCuda: "12.8"
}

/** Less than this fails as if there were no capacity. @source a user's note (docs/providers/runpod.md) */
const leastDisk = 20
/** @source https://docs.runpod.io/api-reference-v2 (read 2026-11-27) */
const leastVolume = 10

const gb = (least: number) =>
  PluginSettings.number({ minimum: least, maximum: 10_000, integer: true, what: "a size in GB" })

const volumeSize: PluginSettings.Kind<number> = (value, otherwise) =>
  value === 0 ? Result.succeed(0) : gb(leastVolume)(value, otherwise)

const version: PluginSettings.Kind<string> = (value) =>
  typeof value === "string" && /^\d+\.\d+$/.test(value)
    ? Result.succeed(value)
    : Result.fail('expected a version in quotes, like "12.8"')

/**
 * The settings, or everything that is wrong with them: file and line, and the key that was meant.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse: PluginSettings.Parse<Settings> = PluginSettings.section("providers.runpod", (read) => {
  const networkVolume = read("network-volume", PluginSettings.text, undefined)
  return {
    endpoint: read("endpoint", PluginSettings.endpoint, defaultSettings.endpoint),
    cloud: read("cloud", PluginSettings.oneOf(["secure", "community"]), undefined),
    diskGb: read("disk-gb", gb(leastDisk), defaultSettings.diskGb),
    volumeGb: read("volume-gb", volumeSize, networkVolume === undefined ? defaultSettings.volumeGb : 0),
    networkVolume,
    registry: read("registry", PluginSettings.text, undefined),
    minCuda: read("min-cuda", version, defaultSettings.minCuda)
  }
})
