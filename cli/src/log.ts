/**
 * What the library has to say beside its results, on standard error: standard output belongs to the results.
 */
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"

const words = (message: unknown): string =>
  (Array.isArray(message) ? message : [message])
    .map((part: unknown) => (typeof part === "string" ? part : part instanceof Error ? part.message : ""))
    .filter((part) => part !== "")
    .join(" ")

const toStandardError = Logger.make<unknown, void>(({ logLevel, message }) => {
  process.stderr.write(`${logLevel === "Warn" ? "Warning" : logLevel}: ${words(message)}\n`)
})

/** Warnings and worse for people. */
export const layer: Layer.Layer<never> = Layer.merge(
  Logger.layer([toStandardError]),
  Layer.succeed(References.MinimumLogLevel, "Warn")
)
