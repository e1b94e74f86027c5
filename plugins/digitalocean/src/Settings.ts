/**
 * The plugin's section of the configuration.
 *
 * @since 0.1.0
 */
import { didYouMean } from "@runctl/core/Nearest"
import * as Result from "effect/Result"

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

/** Says where a key stands, as far as that is known. @category models @since 0.1.0 */
export type Locate = (path: ReadonlyArray<string>) => string | undefined

/**
 * DigitalOcean's own API, and the port of its images.
 *
 * @source https://docs.digitalocean.com/reference/api/ (read 2026-11-20)
 * @category constants
 * @since 0.1.0
 */
export const defaultSettings: Settings = { endpoint: "https://api.digitalocean.com", sshPort: 22 }

interface Mistake {
  readonly key: string
  readonly message: string
}

const section = "providers.digitalocean"
const known = ["endpoint", "ssh-port"]

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const address = /^(https?):\/\/(\[[0-9a-f:]+\]|[^/?#@:\s[\]]+)(:\d{1,5})?(\/[^?#@\s]*)?$/i
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i

/** What is wrong with an endpoint, in words that do not repeat it: it may hold what somebody took for a place for it. */
const wrongEndpoint = (value: unknown): string | undefined => {
  const [, scheme, host = ""] = (typeof value === "string" ? address.exec(value) : null) ?? []
  if (scheme === undefined) return "expected the address of an API, like https://api.digitalocean.com, and nothing else"
  if (scheme.toLowerCase() === "http" && !loopback.test(host)) {
    return "expected https://: over http:// anybody on the way reads the token; only loopback addresses may have it"
  }
  return undefined
}

const isPort = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_535

const mistakesIn = (settings: Readonly<Record<string, unknown>>): ReadonlyArray<Mistake> => {
  const strange = Object.keys(settings)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      key,
      message: `${section} has no key "${key}".${didYouMean(key, known)} Known: ${known.join(", ")}.`
    }))
  const { endpoint, "ssh-port": port } = settings
  const wrong = endpoint === undefined ? undefined : wrongEndpoint(endpoint)
  return [
    ...strange,
    ...(wrong === undefined ? [] : [{ key: "endpoint", message: `${section}.endpoint: ${wrong}` }]),
    ...(port === undefined || isPort(port)
      ? []
      : [{ key: "ssh-port", message: `${section}.ssh-port: expected a port, 1 to 65535` }])
  ]
}

const said = (mistakes: ReadonlyArray<Mistake>, locate: Locate): string =>
  mistakes
    .map(({ key, message }) => {
      const place = locate(key === "" ? [] : [key])
      return place === undefined ? message : `${place}: ${message}`
    })
    .join("\n")

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
  const { endpoint, "ssh-port": port } = settings
  return Result.succeed({
    endpoint: typeof endpoint === "string" ? endpoint.replace(/\/+$/, "") : defaultSettings.endpoint,
    sshPort: isPort(port) ? port : defaultSettings.sshPort
  })
}
