/**
 * A plugin's section of the configuration, read strictly: everything that is wrong with it, with file and line, and the
 * key that was meant.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { didYouMean } from "./Nearest.ts"
import * as ProviderError from "./ProviderError.ts"
import { PluginContext } from "./ProviderPlugin.ts"

/** Says where a key stands, as far as that is known. @category models @since 0.1.0 */
export type Locate = (path: ReadonlyArray<string>) => string | undefined

/**
 * What a value may be: what it means, or what was expected instead. `otherwise` is what counts without one.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind<A> = (value: unknown, otherwise: unknown) => Result.Result<A, string>

/** Reads one key of the section; without it `otherwise` counts. @category models @since 0.1.0 */
export type Read = <A, B>(key: string, kind: Kind<A>, otherwise: B) => A | B

/** Reads a section: the settings, or everything that is wrong with it. @category models @since 0.1.0 */
export type Parse<A> = (settings: unknown, locate?: Locate) => Result.Result<A, string>

interface Mistake {
  readonly key: string
  readonly message: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const nowhere: Locate = () => undefined

const said = (mistakes: ReadonlyArray<Mistake>, locate: Locate): string =>
  mistakes
    .map(({ key, message }) => {
      const place = locate(key === "" ? [] : [key])
      return place === undefined ? message : `${place}: ${message}`
    })
    .join("\n")

/**
 * How to read a section: `build` reads every key that there is.
 *
 * **Example** (Two keys)
 *
 * ```ts
 * const parse = PluginSettings.section("providers.example", (read) => ({
 *   endpoint: read("endpoint", PluginSettings.endpoint, "https://api.example.org"),
 *   sshPort: read("ssh-port", PluginSettings.port, 22)
 * }))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const section =
  <A>(name: string, build: (read: Read) => A): Parse<A> =>
  (settings = {}, locate = nowhere) => {
    if (!isRecord(settings)) {
      return Result.fail(said([{ key: "", message: `${name} is no table of settings` }], locate))
    }
    const known = new Set<string>()
    const wrong: Array<Mistake> = []
    const read: Read = (key, kind, otherwise) => {
      known.add(key)
      const value = settings[key]
      if (value === undefined) return otherwise
      const result = kind(value, otherwise)
      if (Result.isSuccess(result)) return result.success
      wrong.push({ key, message: `${name}.${key}: ${result.failure}` })
      return otherwise
    }
    const built = build(read)
    const strange = Object.keys(settings)
      .filter((key) => !known.has(key))
      .map((key) => ({
        key,
        message: `${name} has no key "${key}".${didYouMean(key, known)} Known: ${[...known].join(", ")}.`
      }))
    const mistakes = [...strange, ...wrong]
    return mistakes.length > 0 ? Result.fail(said(mistakes, locate)) : Result.succeed(built)
  }

/**
 * The settings of the plugin that is being loaded.
 *
 * **Errors**  `Rejected` with everything that is wrong.
 *
 * @category queries
 * @since 0.1.0
 */
export const load = <A>(
  provider: string,
  parse: Parse<A>
): Effect.Effect<A, ProviderError.ProviderError, PluginContext> =>
  Effect.gen(function* () {
    const { locate, settings } = yield* PluginContext
    const parsed = parse(settings, locate)
    return Result.isSuccess(parsed)
      ? parsed.success
      : yield* new ProviderError.ProviderError({
          provider,
          operation: "load",
          reason: new ProviderError.Rejected({ message: parsed.failure })
        })
  })

const address = /^(https?):\/\/(\[[0-9a-f:]+\]|[^/?#@:\s[\]]+)(:\d{1,5})?(\/[^?#@\s]*)?$/i
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i

/**
 * Where an API is, without a slash at its end: `https`, or `http` on this computer. What is wrong with one is said
 * without repeating it: it may hold what somebody took for a place for it.
 *
 * @category kinds
 * @since 0.1.0
 */
export const endpoint: Kind<string> = (value, otherwise) => {
  const text = typeof value === "string" ? value : ""
  const [, scheme, host = ""] = address.exec(text) ?? []
  if (scheme === undefined) {
    const example = typeof otherwise === "string" ? `, like ${otherwise},` : ""
    return Result.fail(`expected the address of an API${example} and nothing else`)
  }
  if (scheme.toLowerCase() === "http" && !loopback.test(host)) {
    return Result.fail(
      "expected https://: over http:// anybody on the way reads the token; only loopback addresses may have it"
    )
  }
  return Result.succeed(text.replace(/\/+$/, ""))
}

/** A number, within bounds where there are any. @category kinds @since 0.1.0 */
export const number =
  ({
    integer = false,
    maximum = Infinity,
    minimum = -Infinity,
    what = integer ? "a whole number" : "a number"
  }: {
    readonly minimum?: number
    readonly maximum?: number
    readonly integer?: boolean
    readonly what?: string
  } = {}): Kind<number> =>
  (value) => {
    const isNumber = typeof value === "number" && Number.isFinite(value) && (!integer || Number.isInteger(value))
    if (isNumber && value >= minimum && value <= maximum) return Result.succeed(value)
    const bounds =
      maximum === Infinity
        ? minimum === -Infinity
          ? ""
          : `, ${minimum} or more`
        : minimum === -Infinity
          ? `, ${maximum} or less`
          : `, ${minimum} to ${maximum}`
    return Result.fail(`expected ${what}${bounds}`)
  }

/** A port of TCP. @category kinds @since 0.1.0 */
export const port: Kind<number> = number({ minimum: 1, maximum: 65_535, integer: true, what: "a port" })

/** One line of text that is not empty. @category kinds @since 0.1.0 */
export const text: Kind<string> = (value) =>
  typeof value === "string" && value.trim() !== "" && !/[\0-\x1f\x7f]/.test(value)
    ? Result.succeed(value.trim())
    : Result.fail("expected a text of one line")

/** Yes or no. @category kinds @since 0.1.0 */
export const flag: Kind<boolean> = (value) =>
  typeof value === "boolean" ? Result.succeed(value) : Result.fail("expected true or false")

/** One of some words. @category kinds @since 0.1.0 */
export const oneOf =
  <const A extends string>(words: ReadonlyArray<A>): Kind<A> =>
  (value) => {
    const found = words.find((word) => word === value)
    if (found !== undefined) return Result.succeed(found)
    const meant = typeof value === "string" ? didYouMean(value, words) : ""
    return Result.fail(`expected one of ${words.join(", ")}.${meant}`)
  }

/** Several of a kind. @category kinds @since 0.1.0 */
export const list =
  <A>(kind: Kind<A>): Kind<ReadonlyArray<A>> =>
  (value) => {
    if (!Array.isArray(value)) return Result.fail("expected a list")
    const each = value.map((item: unknown) => kind(item, undefined))
    const [wrong] = each.flatMap((result, index) =>
      Result.isFailure(result) ? [`number ${index + 1}: ${result.failure}`] : []
    )
    return wrong === undefined
      ? Result.succeed(each.flatMap((result) => (Result.isSuccess(result) ? [result.success] : [])))
      : Result.fail(wrong)
  }
