/**
 * The plugin's section of the configuration.
 *
 * @since 0.1.0
 */
import { didYouMean } from "@runctl/core/Nearest"
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

/** Says where a key stands, as far as that is known. @category models @since 0.1.0 */
export type Locate = (path: ReadonlyArray<string>) => string | undefined

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

const section = "providers.aws"

interface Mistake {
  readonly key: string
  readonly message: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const address = /^(https?):\/\/(\[[0-9a-f:]+\]|[^/?#@:\s[\]]+)(:\d{1,5})?(\/[^?#@\s]*)?$/i
const loopback: RegExp = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i
const regionName = /^[a-z]{2}(-[a-z]+)+-\d$/
const range = /^(\d{1,3}(\.\d{1,3}){3}\/\d{1,2}|[0-9a-f:]+:[0-9a-f:]*\/\d{1,3})$/i

/** What is wrong with an address, in words that do not repeat it: it may hold what somebody took for a place for it. */
const wrongAddress = (value: unknown): string | undefined => {
  const [, scheme, host = ""] = (typeof value === "string" ? address.exec(value) : null) ?? []
  if (scheme === undefined) return "expected the address of an API, like https://ec2.example.com, and nothing else"
  return scheme.toLowerCase() === "http" && !loopback.test(host)
    ? "expected https://: over http:// anybody on the way reads along; only loopback addresses may have it"
    : undefined
}

const textsIn = (value: unknown): ReadonlyArray<string> | undefined => {
  const all: ReadonlyArray<unknown> = Array.isArray(value) ? value : typeof value === "string" ? value.split(",") : [0]
  const texts = all.flatMap((each) => (typeof each === "string" && each.trim() !== "" ? [each.trim()] : []))
  return texts.length === all.length && texts.length > 0 ? texts : undefined
}

const oneOf = (words: ReadonlyArray<string>) => (value: unknown) =>
  typeof value === "string" && words.includes(value)
    ? undefined
    : `expected ${words.join(" or ")}.${typeof value === "string" ? didYouMean(value, words) : ""}`

/** What is wrong with the value of a key; nothing for one that is right. */
const checks: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  endpoint: wrongAddress,
  "address-service": wrongAddress,
  regions: (value) =>
    value === "all" || textsIn(value)?.every((name) => regionName.test(name)) === true
      ? undefined
      : "expected names of regions, like us-east-1, or all",
  profile: (value) =>
    typeof value === "string" && /^\S(.*\S)?$/.test(value) ? undefined : "expected the name of a profile",
  network: (value) =>
    value === "default" || value === "dedicated" || (typeof value === "string" && /^subnet-[0-9a-f]+$/.test(value))
      ? undefined
      : `expected default, dedicated or the id of a subnet.${typeof value === "string" ? didYouMean(value, ["default", "dedicated"]) : ""}`,
  "ssh-from": (value) =>
    value === "auto" || textsIn(value)?.every((each) => range.test(each)) === true
      ? undefined
      : "expected auto, or ranges like 192.0.2.7/32",
  "disk-type": oneOf(["gp3", "gp2"]),
  "on-demand-fallback": (value) => (typeof value === "boolean" ? undefined : "expected true or false"),
  "on-rebalance": oneOf(["ignore", "leave"]),
  "ssh-port": (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_535
      ? undefined
      : "expected a port, 1 to 65535"
}

const known = Object.keys(checks)

const mistakesIn = (settings: Readonly<Record<string, unknown>>): ReadonlyArray<Mistake> =>
  Object.entries(settings).flatMap(([key, value]) => {
    const check = known.includes(key) ? checks[key] : undefined
    if (check === undefined) {
      const message = `${section} has no key "${key}".${didYouMean(key, known)} Known: ${known.join(", ")}.`
      return [{ key, message }]
    }
    const wrong = value === undefined ? undefined : check(value)
    return wrong === undefined ? [] : [{ key, message: `${section}.${key}: ${wrong}` }]
  })

const said = (mistakes: ReadonlyArray<Mistake>, locate: Locate): string =>
  mistakes
    .map(({ key, message }) => {
      const place = locate(key === "" ? [] : [key])
      return place === undefined ? message : `${place}: ${message}`
    })
    .join("\n")

const networkOf = (value: unknown): Settings["network"] =>
  value === "default" || value === "dedicated"
    ? value
    : typeof value === "string"
      ? { subnet: value }
      : defaultSettings.network

/**
 * Where it is asked which address this computer has; nobody need be asked by what runs here itself.
 *
 * @source https://checkip.amazonaws.com (read 2026-11-20)
 * @category accessors
 * @since 0.1.0
 */
export const addressServiceOf = ({ addressService, endpoint }: Settings): string | undefined => {
  const [, , host = ""] = address.exec(endpoint ?? "") ?? []
  return addressService ?? (loopback.test(host) ? undefined : "https://checkip.amazonaws.com")
}

/**
 * The settings, or everything that is wrong with them: file and line, and the key that was meant.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (settings: unknown, locate: Locate = () => undefined): Result.Result<Settings, string> => {
  if (settings === undefined) return Result.succeed(defaultSettings)
  if (!isRecord(settings)) {
    return Result.fail(said([{ key: "", message: `${section} is no table of settings` }], locate))
  }
  const mistakes = mistakesIn(settings)
  if (mistakes.length > 0) return Result.fail(said(mistakes, locate))
  const text = (key: string): string | undefined => {
    const value = settings[key]
    return typeof value === "string" ? value : undefined
  }
  const [endpoint, regions, from] = [text("endpoint"), settings["regions"], settings["ssh-from"]]
  const port = settings["ssh-port"]
  return Result.succeed({
    endpoint: endpoint?.replace(/\/+$/, ""),
    regions: regions === "all" ? "all" : regions === undefined ? undefined : textsIn(regions),
    profile: text("profile"),
    network: networkOf(settings["network"]),
    sshFrom: from === undefined || from === "auto" ? "auto" : (textsIn(from) ?? "auto"),
    addressService: text("address-service"),
    diskType: text("disk-type") === "gp2" ? "gp2" : "gp3",
    onDemandFallback: settings["on-demand-fallback"] === true,
    onRebalance: text("on-rebalance") === "leave" ? "leave" : "ignore",
    sshPort: typeof port === "number" ? port : defaultSettings.sshPort
  })
}
