/**
 * The standard streams of this process for a command on a machine: byte for byte, and no faster than they are read.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import type { ShellOutput, ShellResult } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { write } from "../follow/output.ts"

type Part = Exclude<ShellOutput, { readonly _tag: "Exit" }>

/** Everything on standard input. A terminal that goes away is its end. */
export const input: Stream.Stream<Uint8Array> = NodeStream.fromReadable({
  evaluate: () => process.stdin,
  closeOnDone: false
}).pipe(Stream.catch(() => Stream.empty))

/** Shows a command's outputs as ours. */
export const show = (part: Part): Effect.Effect<void> =>
  write(part._tag === "Stdout" ? process.stdout : process.stderr, part.bytes)

/** Of each output; what is longer is read and dropped, so that the command is not held up. */
const limitBytes = 4 * 1024 * 1024

/** Keeps a command's outputs. */
export const keep = () => {
  const kept = { Stdout: new Array<Uint8Array>(), Stderr: new Array<Uint8Array>() }
  const room = { Stdout: limitBytes, Stderr: limitBytes }
  const textOf = (tag: Part["_tag"]): string => Buffer.concat(kept[tag]).toString("utf8")
  return {
    show: ({ _tag, bytes }: Part): Effect.Effect<void> =>
      Effect.sync(() => {
        if (room[_tag] === 0) return
        const piece = bytes.slice(0, room[_tag])
        room[_tag] -= piece.length
        kept[_tag].push(piece)
      }),
    result: (exitCode: number): ShellResult => ({ exitCode, stdout: textOf("Stdout"), stderr: textOf("Stderr") })
  }
}
