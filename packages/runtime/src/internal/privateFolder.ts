import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { HomeFailed } from "../RuntimeError.ts"

const groupAndOthers = 0o077
const sticky = 0o1000
const permissions = 0o7777

/** Only a folder that is empty or holds what we put there is ours to close: nobody wants /tmp closed. */
const isOurs = (entries: ReadonlyArray<string>): boolean =>
  entries.length === 0 || entries.includes("owner") || entries.includes("journal.db")

/**
 * Makes a folder that only its user can enter; closes one of ours that others could enter.
 *
 * **Errors**  `HomeFailed`, with the command to run, when it cannot be made or must not be closed without asking.
 */
export const makePrivate = Effect.fnUntraced(
  function* (folder: string) {
    const fs = yield* FileSystem.FileSystem
    const found = yield* Effect.option(fs.stat(folder))
    if (found._tag === "None") return yield* fs.makeDirectory(folder, { recursive: true, mode: 0o700 })
    const mode = found.value.mode & permissions
    if (found.value.type !== "Directory") {
      return yield* new HomeFailed({ path: folder, message: `${folder} is not a folder: move it away` })
    }
    if ((mode & groupAndOthers) === 0) return
    const closed =
      (mode & sticky) === 0 && isOurs(yield* fs.readDirectory(folder))
        ? Effect.option(fs.chmod(folder, 0o700))
        : undefined
    if (closed !== undefined && (yield* closed)._tag === "Some") return
    return yield* new HomeFailed({
      path: folder,
      message:
        `others can enter ${folder} (mode 0${mode.toString(8)}), where secrets would be kept. ` +
        `If it is yours alone: chmod 700 ${folder}. Otherwise point RUNCTL_HOME at a folder of your own`
    })
  },
  (effect, folder) =>
    Effect.mapError(effect, (error) =>
      error._tag === "HomeFailed"
        ? error
        : new HomeFailed({
            path: folder,
            message: `${folder} cannot be used: ${error.message}. Point RUNCTL_HOME at a folder you can write to`
          })
    )
)
