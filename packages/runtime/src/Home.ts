/**
 * Where runctl keeps what it remembers on this computer, and who it is.
 *
 * @since 0.1.0
 */
import { OwnerId } from "@runctl/core/Ownership"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import { ownerIn } from "./internal/ownerFile.ts"
import { makePrivate } from "./internal/privateFolder.ts"
import { HomeFailed } from "./RuntimeError.ts"

/** A setting out of the environment; empty counts as absent. */
const setting = (name: string): Effect.Effect<string | undefined, HomeFailed> =>
  Config.option(Config.String(name)).pipe(
    Effect.map((found) => Option.getOrUndefined(Option.filter(found, (text) => text !== ""))),
    Effect.mapError((error) => new HomeFailed({ path: name, message: error.message }))
  )

/** What a setting names, where the XDG specification wants relative paths ignored. */
const absolute = (name: string): Effect.Effect<string | undefined, HomeFailed, Path.Path> =>
  Effect.flatMap(Path.Path, (path) =>
    Effect.map(setting(name), (found) => (found !== undefined && path.isAbsolute(found) ? found : undefined))
  )

/**
 * The folder: `RUNCTL_HOME`, else `$XDG_STATE_HOME/runctl`, else `~/.local/state/runctl`.
 *
 * **Errors**  `HomeFailed` when none of them and no home directory is set.
 *
 * @source https://specifications.freedesktop.org/basedir-spec/latest/ (read 2026-11-21)
 * @category accessors
 * @since 0.1.0
 */
export const locate: Effect.Effect<string, HomeFailed, Path.Path> = Effect.gen(function* () {
  const path = yield* Path.Path
  const chosen = yield* setting("RUNCTL_HOME")
  if (chosen !== undefined) return path.resolve(chosen)
  const state = yield* absolute("XDG_STATE_HOME")
  if (state !== undefined) return path.join(state, "runctl")
  const user = (yield* absolute("HOME")) ?? (yield* absolute("USERPROFILE"))
  if (user !== undefined) return path.join(user, ".local", "state", "runctl")
  return yield* new HomeFailed({ path: "RUNCTL_HOME", message: "no home directory is known: set RUNCTL_HOME" })
})

const isOwner = Schema.is(OwnerId)

const ownerFromEnvironment: Effect.Effect<OwnerId | undefined, HomeFailed> = Effect.gen(function* () {
  const text = yield* setting("RUNCTL_OWNER")
  if (text === undefined || isOwner(text)) return text
  return yield* new HomeFailed({
    path: "RUNCTL_OWNER",
    message: `"${text}" is not an owner id: it takes exactly 8 characters of a-z and 0-9`
  })
})

/**
 * Paths below the one folder, all absolute.
 *
 * **Details**  the folder itself is made with 0700 and kept so; what is inside is made by who needs it.
 *
 * @category services
 * @since 0.1.0
 */
export class Home extends Context.Service<
  Home,
  {
    readonly root: string
    readonly journal: string
    /** One folder per run. */
    readonly runs: string
    /** What providers keep, one folder each. */
    readonly providers: string
    /** Keys and host keys of machines. */
    readonly machines: string
    /** Damaged journals. */
    readonly quarantine: string
    readonly supervisorLog: string
    /** Where the supervisor listens. */
    readonly socket: string
    /**
     * Who rents: `RUNCTL_OWNER`, else the id this installation made once and for all.
     *
     * **Errors**  `HomeFailed` when either is not an owner id, or the file cannot be made.
     */
    readonly owner: Effect.Effect<OwnerId, HomeFailed>
  }
>()("@runctl/runtime/Home") {
  /** The folder that the environment names. @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<Home, HomeFailed, FileSystem.FileSystem | Path.Path> = Layer.unwrap(
    Effect.map(locate, (root) => Home.layerAt(root))
  )

  /** A folder of your choice. @category layers @since 0.1.0 */
  static layerAt(root: string): Layer.Layer<Home, HomeFailed, FileSystem.FileSystem | Path.Path> {
    return Layer.effect(
      Home,
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        yield* makePrivate(root)
        const services = Context.make(FileSystem.FileSystem, fs)
        const owner = yield* Effect.cached(
          Effect.flatMap(ownerFromEnvironment, (chosen) =>
            chosen === undefined ? ownerIn(path.join(root, "owner")) : Effect.succeed(chosen)
          ).pipe(Effect.provideContext(services))
        )
        return Home.of({
          root,
          journal: path.join(root, "journal.db"),
          runs: path.join(root, "runs"),
          providers: path.join(root, "providers"),
          machines: path.join(root, "machines"),
          quarantine: path.join(root, "quarantine"),
          supervisorLog: path.join(root, "supervisor.log"),
          socket: path.join(root, "supervisor.sock"),
          owner
        })
      })
    )
  }
}
