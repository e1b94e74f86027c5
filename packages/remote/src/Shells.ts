/**
 * Opens the kind of shell an endpoint needs.
 *
 * @since 0.1.0
 */
import { Refused, ShellError, Shells } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as LocalShell from "./LocalShell.ts"

const noSsh = new ShellError({
  operation: "open",
  reason: new Refused({ message: "machines behind SSH cannot be reached by this version; `local` machines can" })
})

/**
 * Shells on this computer.
 *
 * **Errors**   `Refused` for a machine behind SSH.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<
  Shells,
  never,
  FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner
> = Layer.effect(
  Shells,
  Effect.gen(function* () {
    const services = yield* Effect.context<
      FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner
    >()
    return Shells.of({
      open: (endpoint) =>
        endpoint._tag === "Local" ? Effect.provideContext(LocalShell.open(endpoint), services) : Effect.fail(noSsh)
    })
  })
)
