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
import { Ssh } from "./Ssh.ts"

type Platform = FileSystem.FileSystem | Path.Path | ChildProcessSpawner.ChildProcessSpawner

const noSsh = new ShellError({
  operation: "open",
  reason: new Refused({ message: "machines behind SSH cannot be reached from here; `local` machines can" })
})

const shellsWith = (open: Shells["Service"]["open"]) =>
  Effect.map(Effect.context<Platform>(), (services) =>
    Shells.of({
      open: (endpoint) =>
        endpoint._tag === "Local" ? Effect.provideContext(LocalShell.open(endpoint), services) : open(endpoint)
    })
  )

/**
 * Shells on this computer and on machines behind SSH.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Shells, never, Platform | Ssh> = Layer.effect(
  Shells,
  Effect.flatMap(Ssh, (ssh) =>
    shellsWith((endpoint) =>
      endpoint._tag === "Ssh" ? Effect.map(ssh.open(endpoint), ({ shell }) => shell) : Effect.fail(noSsh)
    )
  )
)

/**
 * Shells on this computer alone.
 *
 * **Errors**   `Refused` for a machine behind SSH.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerLocal: Layer.Layer<Shells, never, Platform> = Layer.effect(
  Shells,
  shellsWith(() => Effect.fail(noSsh))
)
