/**
 * The folders that are machines: `machines/<key>/machine.json` and `machines/<key>/home`.
 *
 * @since 0.1.0
 */
import { Mark, ResourceKey } from "@runctl/core/Ownership"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * What `machine.json` holds.
 *
 * @category models
 * @since 0.1.0
 */
export const Machine = Schema.Struct({
  mark: Mark,
  label: Schema.optionalKey(Schema.String),
  instanceType: Schema.NonEmptyString,
  launchTime: Schema.DateTimeUtcFromString,
  state: Schema.Literals(["Running", "Stopped"])
})
export type Machine = typeof Machine.Type

/**
 * A folder that was found, and what is wrong with it when its `machine.json` cannot be read.
 *
 * @category models
 * @since 0.1.0
 */
export type Found =
  | { readonly _tag: "Whole"; readonly key: ResourceKey; readonly machine: Machine }
  | { readonly _tag: "Damaged"; readonly key: ResourceKey; readonly message: string }

/**
 * The machines under a folder.
 *
 * @category models
 * @since 0.1.0
 */
export interface Machines {
  /** The machine's home directory, whether it exists or not. */
  readonly home: (key: ResourceKey) => string
  /** Every folder a machine may have left: its own, and those of creations that were cut short. */
  readonly folders: (key: ResourceKey) => Effect.Effect<ReadonlyArray<string>, PlatformError>
  readonly find: (key: ResourceKey) => Effect.Effect<Found | undefined, PlatformError>
  readonly list: Effect.Effect<ReadonlyArray<Found>, PlatformError>
  /** Makes the machine, or finds the one that has its key. */
  readonly create: (machine: Machine) => Effect.Effect<Found, PlatformError>
  /** Writes `machine.json` whole or not at all. */
  readonly save: (machine: Machine) => Effect.Effect<void, PlatformError>
}

const MachineJson = Schema.fromJsonString(Machine)
const encode = Schema.encodeSync(MachineJson)
const isKey = Schema.is(ResourceKey)
const file = "machine.json"

const whole = (machine: Machine): Found => ({ _tag: "Whole", key: machine.mark.key, machine })

const damaged = (key: ResourceKey, message: string): Found => ({
  _tag: "Damaged",
  key,
  message: `${file} cannot be read: ${message}`
})

const isMissing = (error: PlatformError): boolean => error.reason._tag === "NotFound"

/**
 * Opens the folder `machines` in a plugin's home, which need not exist yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  home: string
): Effect.fn.Return<Machines, never, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = path.join(home, "machines")
  const folder = (key: ResourceKey) => path.join(root, key)
  const names = fs.readDirectory(root).pipe(Effect.catchIf(isMissing, () => Effect.succeed<Array<string>>([])))
  const draftPrefix = (key: ResourceKey) => `.new-${key}-`

  const read = (key: ResourceKey) =>
    fs.readFileString(path.join(folder(key), file)).pipe(
      Effect.flatMap(Schema.decodeEffect(MachineJson)),
      Effect.filterOrFail(
        ({ mark }) => mark.key === key,
        ({ mark }) => ({ message: `it is about ${mark.key}` })
      ),
      Effect.map(whole)
    )

  const find: Machines["find"] = (key) =>
    read(key).pipe(
      Effect.catch(({ message }) =>
        Effect.map(fs.exists(folder(key)), (exists) => (exists ? damaged(key, message) : undefined))
      )
    )

  const write = (directory: string, machine: Machine) =>
    fs.writeFileString(path.join(directory, file), encode(machine), { mode: 0o600 })

  // The folder appears whole, under its name, or not at all: of two creations at once one finds the other's.
  const place = (machine: Machine) =>
    Effect.gen(function* () {
      yield* fs.makeDirectory(root, { recursive: true, mode: 0o700 })
      const draft = yield* fs.makeTempDirectoryScoped({ directory: root, prefix: draftPrefix(machine.mark.key) })
      yield* fs.makeDirectory(path.join(draft, "home"), { mode: 0o700 })
      yield* write(draft, machine)
      yield* fs.rename(draft, folder(machine.mark.key))
      return whole(machine)
    }).pipe(
      Effect.scoped,
      Effect.catch((error) => Effect.filterOrFail(find(machine.mark.key), Predicate.isNotUndefined, () => error))
    )

  return {
    home: (key) => path.join(folder(key), "home"),
    folders: (key) =>
      Effect.map(names, (all) =>
        all.filter((name) => name === key || name.startsWith(draftPrefix(key))).map((name) => path.join(root, name))
      ),
    find,
    list: Effect.flatMap(names, (all) =>
      Effect.forEach(all.filter(isKey), find, { concurrency: 8 }).pipe(
        Effect.map((found) => found.flatMap((each) => (each === undefined ? [] : [each])))
      )
    ),
    create: (machine) =>
      Effect.gen(function* () {
        const found = yield* find(machine.mark.key)
        return found ?? (yield* place(machine))
      }),
    save: (machine) =>
      Effect.gen(function* () {
        const directory = folder(machine.mark.key)
        const draft = yield* fs.makeTempDirectoryScoped({ directory, prefix: ".machine-" })
        yield* write(draft, machine)
        yield* fs.rename(path.join(draft, file), path.join(directory, file))
      }).pipe(Effect.scoped)
  }
})
