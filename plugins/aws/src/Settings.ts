/**
 * The plugin's section of the configuration.
 *
 * @since 0.1.0
 */
import { didYouMean } from "@runctl/core/Nearest"
import * as PluginSettings from "@runctl/core/PluginSettings"
import * as Result from "effect/Result"

/**
 * What the configuration says under `providers.aws`.
 *
 * **Details**
 * - `endpoint`: where everything is sent instead of to AWS; without it the SDK goes by `AWS_ENDPOINT_URL` and its like.
 * - `regions`: where machines are offered; `all` for every one that the account has. Without it the one of the profile.
 * - `profile`: of `~/.aws/config`. `network`: the default VPC, a dedicated one, or the id of a subnet.
 * - `sshFrom`: the addresses that may reach machines, or `auto` for the caller's. `addressService` tells that; without it
 *   Amazon's, and nobody for an endpoint on this computer.
 * - `diskType`: of the root volume. `onDemandFallback`: whether a spot machine that cannot be had may be an on-demand one.
 * - `onRebalance`: whether a recommendation to rebalance counts like a notice. `sshPort`: where the image's sshd listens.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  readonly endpoint: string | undefined
  readonly regions: ReadonlyArray<string> | "all" | undefined
  readonly profile: string | undefined
  readonly network: "default" | "dedicated" | { readonly subnet: string }
  readonly sshFrom: ReadonlyArray<string> | "auto"
  readonly addressService: string | undefined
  readonly diskType: "gp3" | "gp2"
  readonly onDemandFallback: boolean
  readonly onRebalance: "ignore" | "leave"
  readonly sshPort: number
}

/** What counts where nothing is said. @category constants @since 0.1.0 */
export const defaultSettings: Settings = {
  endpoint: undefined,
  regions: undefined,
  profile: undefined,
  network: "default",
  sshFrom: "auto",
  addressService: undefined,
  diskType: "gp3",
  onDemandFallback: false,
  onRebalance: "ignore",
  sshPort: 22
}

const regionName = /^[a-z]{2}(-[a-z]+)+-\d$/
const range = /^(\d{1,3}(\.\d{1,3}){3}\/\d{1,2}|[0-9a-f:]+:[0-9a-f:]*\/\d{1,3})$/i

/** One word that stands for all, or a list, which may be written in one line. */
const wordOr =
  <A extends string>(word: A, is: RegExp, expected: string): PluginSettings.Kind<A | ReadonlyArray<string>> =>
  (value) => {
    if (value === word) return Result.succeed(word)
    const all: ReadonlyArray<unknown> = Array.isArray(value) ? value : typeof value === "string" ? value.split(",") : []
    const texts = all.flatMap((each) => (typeof each === "string" && is.test(each.trim()) ? [each.trim()] : []))
    return texts.length > 0 && texts.length === all.length ? Result.succeed(texts) : Result.fail(`expected ${expected}`)
  }

const network: PluginSettings.Kind<Settings["network"]> = (value) => {
  if (value === "default" || value === "dedicated") return Result.succeed(value)
  if (typeof value === "string" && /^subnet-[0-9a-f]+$/.test(value)) return Result.succeed({ subnet: value })
  const meant = typeof value === "string" ? didYouMean(value, ["default", "dedicated"]) : ""
  return Result.fail(`expected default, dedicated or the id of a subnet.${meant}`)
}

/**
 * The settings, or everything that is wrong with them: file and line, and the key that was meant.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse: PluginSettings.Parse<Settings> = PluginSettings.section("providers.aws", (read) => ({
  endpoint: read("endpoint", PluginSettings.endpoint, defaultSettings.endpoint),
  regions: read(
    "regions",
    wordOr("all", regionName, "names of regions, like us-east-1, or all"),
    defaultSettings.regions
  ),
  profile: read("profile", PluginSettings.text, defaultSettings.profile),
  network: read("network", network, defaultSettings.network),
  sshFrom: read("ssh-from", wordOr("auto", range, "auto, or ranges like 192.0.2.7/32"), defaultSettings.sshFrom),
  addressService: read("address-service", PluginSettings.endpoint, defaultSettings.addressService),
  diskType: read("disk-type", PluginSettings.oneOf(["gp3", "gp2"]), defaultSettings.diskType),
  onDemandFallback: read("on-demand-fallback", PluginSettings.flag, defaultSettings.onDemandFallback),
  onRebalance: read("on-rebalance", PluginSettings.oneOf(["ignore", "leave"]), defaultSettings.onRebalance),
  sshPort: read("ssh-port", PluginSettings.port, defaultSettings.sshPort)
}))

const onThisComputer = /^https?:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(\/|$)/i

/**
 * Where it is asked which address this computer has; nobody need be asked by what runs here itself.
 *
 * @source https://checkip.amazonaws.com (read 2026-11-20)
 * @category accessors
 * @since 0.1.0
 */
export const addressServiceOf = ({ addressService, endpoint }: Settings): string | undefined =>
  addressService ?? (onThisComputer.test(endpoint ?? "") ? undefined : "https://checkip.amazonaws.com")
