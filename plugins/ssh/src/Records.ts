/**
 * What is remembered here of claims: how to reach the host of each, so that one that was taken out of the configuration
 * can still be released.
 *
 * @since 0.1.0
 */
import { Mark, ResourceKey } from "@runctl/core/Ownership"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import { Host } from "./Inventory.ts"

/**
 * What is remembered of a claim; `directory` once the host has said where the machine is.
 *
 * @category models
 * @since 0.1.0
 */
export const Record = Schema.Struct({
  mark: Mark,
  host: Host,
  launchTime: Schema.DateTimeUtcFromString,
  directory: Schema.optionalKey(Schema.NonEmptyString)
})
export type Record = typeof Record.Type

/**
 * The records in a folder.
 *
 * @category models
 * @since 0.1.0
 */
export interface Records {
  readonly find: (key: ResourceKey) => Effect.Effect<Record | undefined, PlatformError>
  readonly list: Effect.Effect<ReadonlyArray<Record>, PlatformError>
  /** Writes the record unless its key has one; answers the one that counts. */
  readonly begin: (record: Record) => Effect.Effect<Record, PlatformError>
  readonly save: (record: Record) => Effect.Effect<void, PlatformError>
  readonly remove: (key: ResourceKey) => Effect.Effect<void, PlatformError>
}

const RecordJson = Schema.fromJsonString(Record)
const encode = Schema.encodeSync(RecordJson)
const isKey = Schema.is(ResourceKey)
const suffix = ".json"

const isMissing = (error: PlatformError): boolean => error.reason._tag === "NotFound"

/**
 * Opens the folder `claims` in a plugin's home, which need not exist yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  home: string
): Effect.fn.Return<Records, never, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = path.join(home, "claims")
  const file = (key: ResourceKey) => path.join(root, `${key}${suffix}`)

  /** A record that cannot be read is none: the host itself knows what counts. */
  const find: Records["find"] = (key) =>
    fs.readFileString(file(key)).pipe(
      Effect.flatMap((text) =>
        Schema.decodeEffect(RecordJson)(text).pipe(
          Effect.map((record) => (record.mark.key === key ? record : undefined)),
          Effect.orElseSucceed(() => undefined)
        )
      ),
      Effect.catchIf(isMissing, () => Effect.undefined)
    )

  /** Writes a draft, whole and on the disk, and puts it where it belongs. */
  const write = <E>(record: Record, place: (draft: string) => Effect.Effect<void, E>) =>
    Effect.gen(function* () {
      yield* fs.makeDirectory(root, { recursive: true, mode: 0o700 })
      const folder = yield* fs.makeTempDirectoryScoped({ directory: root, prefix: ".draft-" })
      const draft = path.join(folder, "record")
      yield* fs.writeFileString(draft, encode(record), { mode: 0o600 })
      yield* place(draft)
    }).pipe(Effect.scoped)

  const save: Records["save"] = (record) => write(record, (draft) => fs.rename(draft, file(record.mark.key)))

  const names = fs.readDirectory(root).pipe(Effect.catchIf(isMissing, () => Effect.succeed<Array<string>>([])))

  return {
    find,
    save,
    list: Effect.flatMap(names, (all) =>
      Effect.forEach(all.map((name) => name.slice(0, -suffix.length)).filter(isKey), find, { concurrency: 8 }).pipe(
        Effect.map((found) => found.flatMap((each) => (each === undefined ? [] : [each])))
      )
    ),
    begin: (record) =>
      write(record, (draft) => fs.link(draft, file(record.mark.key))).pipe(
        Effect.as(record),
        Effect.catch((error) =>
          Effect.gen(function* () {
            const found = yield* find(record.mark.key)
            if (found !== undefined) return found
            // What is there cannot be read; a file system without links says something else than that it is there.
            if (error.reason._tag === "PermissionDenied") return yield* error
            yield* save(record)
            return record
          })
        )
      ),
    remove: (key) => fs.remove(file(key), { force: true })
  }
})
