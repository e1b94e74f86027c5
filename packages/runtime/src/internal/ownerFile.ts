import { OwnerId } from "@runctl/core/Ownership"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { HomeFailed } from "../RuntimeError.ts"

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"

const letters = (count: number): Effect.Effect<string> =>
  Effect.map(
    Effect.forEach(Array.from({ length: count }), () => Random.nextIntBetween(0, alphabet.length, { halfOpen: true })),
    (indexes) => indexes.map((index) => alphabet[index]).join("")
  )

const isOwner = Schema.is(OwnerId)

const failing = (file: string) => (error: PlatformError) => new HomeFailed({ path: file, message: error.message })

const read = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(file).pipe(
    Effect.catchIf(
      (error) => error.reason._tag === "NotFound",
      () => Effect.succeed(undefined)
    ),
    Effect.mapError(failing(file))
  )
  const id = text?.trimEnd()
  if (id === undefined || isOwner(id)) return id
  return yield* new HomeFailed({
    path: file,
    message:
      `${file} does not hold an owner id (8 characters of a-z and 0-9). Write it back: your machines carry it in their ` +
      "names, runctl-<owner>-…. Remove the file only if you own no machines: runctl then makes a new id"
  })
})

/** A whole file is linked into place: of many processes one wins, and none ever reads half an id. */
const make = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const draft = `${file}.${yield* letters(12)}`
  const written = fs.writeFileString(draft, `${yield* letters(8)}\n`, { mode: 0o600, flag: "wx" })
  const linked = Effect.catchIf(
    fs.link(draft, file),
    (error) => error.reason._tag === "AlreadyExists",
    () => Effect.void
  )
  yield* Effect.andThen(written, linked).pipe(
    Effect.ensuring(Effect.ignore(fs.remove(draft, { force: true }))),
    Effect.mapError(failing(file))
  )
})

/** The owner id in a file; made and written there when there is none. */
export const ownerIn = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<OwnerId, HomeFailed, FileSystem.FileSystem> {
  const known = yield* read(file)
  if (known !== undefined) return known
  yield* make(file)
  const made = yield* read(file)
  return made ?? (yield* new HomeFailed({ path: file, message: `${file} was removed as soon as it was written` }))
})
