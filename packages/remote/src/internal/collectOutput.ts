/**
 * A command's output as text, bounded.
 *
 * @since 0.1.0
 */
import type { ShellOutput, ShellResult } from "@runctl/core/Shell"
import * as Bytes from "effect/Bytes"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { decode } from "./utf8.ts"

/** Of each output; `ShellResult` promises it. */
const limitBytes = 4 * 1024 * 1024

interface Head {
  readonly pieces: Array<Uint8Array>
  bytes: number
}

const keep = (head: Head, bytes: Uint8Array): void => {
  const room = limitBytes - head.bytes
  if (room <= 0) return
  head.pieces.push(bytes.length > room ? bytes.subarray(0, room) : bytes)
  head.bytes += Math.min(bytes.length, room)
}

const textOf = (head: Head): string => decode(Bytes.concat(head.pieces))

/**
 * Runs a command's output to its end and keeps the first 4 MiB of each side; the rest is read and dropped, so that the
 * command is never blocked.
 *
 * @category destructors
 * @since 0.1.0
 */
export const collectOutput = <E, R>(output: Stream.Stream<ShellOutput, E, R>): Effect.Effect<ShellResult, E, R> =>
  Effect.suspend(() => {
    const stdout: Head = { pieces: [], bytes: 0 }
    const stderr: Head = { pieces: [], bytes: 0 }
    let exitCode = -1
    return Effect.map(
      Stream.runForEachArray(output, (parts) =>
        Effect.sync(() => {
          for (const part of parts) {
            if (part._tag === "Exit") exitCode = part.exitCode
            else keep(part._tag === "Stdout" ? stdout : stderr, part.bytes)
          }
        })
      ),
      () => ({ exitCode, stdout: textOf(stdout), stderr: textOf(stderr) })
    )
  })
