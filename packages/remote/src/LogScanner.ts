/**
 * Finds what a script says to us among what it prints.
 *
 * @since 0.1.0
 */
import { Metric } from "@runctl/core/Job"
import * as Bytes from "effect/Bytes"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { parseJson } from "./JsonLines.ts"
import { decode } from "./internal/utf8.ts"

/**
 * A measurement, or the path of a complete checkpoint as the script names it.
 *
 * @category models
 * @since 0.1.0
 */
export type Said =
  | { readonly _tag: "Metric"; readonly metric: Metric }
  | { readonly _tag: "Checkpoint"; readonly path: string }

/**
 * Reads a log piece by piece, cut anywhere. `end` reads what is left when no more comes.
 *
 * @category models
 * @since 0.1.0
 */
export interface LogScanner {
  readonly push: (bytes: Uint8Array) => ReadonlyArray<Said>
  readonly end: () => ReadonlyArray<Said>
}

/** A longer line is not for us; so much is held at most. */
const lineLimit = 64 * 1024

const [newline, carriageReturn, open, close] = [10, 13, 123, 125]

const decodeMetric = Schema.decodeUnknownOption(Metric)
const decodeCheckpoint = Schema.decodeUnknownOption(Schema.Struct({ checkpoint: Schema.NonEmptyString }))

/** What one line says; most lines say nothing to us and are not even decoded. */
const understand = (line: Uint8Array): Said | undefined => {
  let [from, to] = [0, line.length]
  while (from < to && (line[from] ?? 0) <= 32) from++
  while (to > from && (line[to - 1] ?? 0) <= 32) to--
  if (line[from] !== open || line[to - 1] !== close) return undefined
  const value = parseJson(decode(line.subarray(from, to)))
  const metric = decodeMetric(value)
  if (Option.isSome(metric)) return { _tag: "Metric", metric: metric.value }
  const checkpoint = decodeCheckpoint(value)
  return Option.isSome(checkpoint) ? { _tag: "Checkpoint", path: checkpoint.value.checkpoint } : undefined
}

/**
 * A scanner at the beginning of a log. A line ends with a newline or a carriage return, as progress bars write them.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): LogScanner => {
  const held = new Uint8Array(lineLimit)
  let heldBytes = 0

  const keep = (bytes: Uint8Array): void => {
    if (heldBytes + bytes.length <= lineLimit) held.set(bytes, heldBytes)
    heldBytes += bytes.length
  }

  const finishLine = (rest: Uint8Array): ReadonlyArray<Said> => {
    const whole = heldBytes === 0 ? rest : Bytes.concat([held.subarray(0, heldBytes), rest])
    const said = heldBytes + rest.length > lineLimit ? undefined : understand(whole)
    heldBytes = 0
    return said === undefined ? [] : [said]
  }

  const push = (bytes: Uint8Array): ReadonlyArray<Said> => {
    const said: Array<Said> = []
    let from = 0
    let lineEnd = bytes.indexOf(newline)
    let turn = bytes.indexOf(carriageReturn)
    while (lineEnd !== -1 || turn !== -1) {
      const at = lineEnd === -1 ? turn : turn === -1 ? lineEnd : Math.min(lineEnd, turn)
      said.push(...finishLine(bytes.subarray(from, at)))
      from = at + 1
      if (at === lineEnd) lineEnd = bytes.indexOf(newline, from)
      else turn = bytes.indexOf(carriageReturn, from)
    }
    if (from < bytes.length) keep(bytes.subarray(from))
    return said
  }

  return { push, end: () => finishLine(new Uint8Array(0)) }
}
