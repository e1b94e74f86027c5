/**
 * SSH on Node: ssh2 in plain JavaScript, the user's configuration, keys, agent and known hosts. Each part is loaded when
 * it is first needed.
 *
 * @since 0.1.0
 */
import { Refused, ShellError } from "@runctl/core/Shell"
import type { SshTarget } from "@runctl/remote/Ssh"
import { SshTransport } from "@runctl/remote/SshTransport"
import { Home } from "@runctl/runtime/Home"
import { SshAccess } from "@runctl/runtime/SshAccess"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { join } from "node:path"

const refused = (what: string) => (error: unknown) =>
  new ShellError({
    operation: "open",
    reason: new Refused({ message: `${what}: ${error instanceof Error ? error.message : String(error)}` })
  })

/**
 * SSH on Node.
 *
 * **Details**  keys of hosts that were met first are remembered in `machines/known_hosts` below RUNCTL_HOME; the key that
 * opens rented machines lies beside it, made when it is first needed.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<SshTransport, never, Home | SshAccess> = Layer.effect(
  SshTransport,
  Effect.gen(function* () {
    const { machines } = yield* Home
    const access = yield* SshAccess
    const ownerKey = join(machines, "id_ed25519")

    const withKey = (target: SshTarget) =>
      target.identityFiles.some(({ path }) => path === ownerKey)
        ? Effect.tryPromise({
            try: async () => (await import("./ssh/ownerKey.ts")).ensureOwnerKey(ownerKey),
            catch: refused("the key for rented machines cannot be made")
          })
        : Effect.void

    return SshTransport.of({
      resolve: (endpoint) =>
        Effect.flatMap(access.known, ({ agent }) =>
          Effect.tryPromise({
            try: async () => (await import("./ssh/resolving.ts")).resolveHere(endpoint, { machines, agent }),
            catch: refused("the SSH configuration cannot be followed")
          })
        ),
      connect: (target) =>
        withKey(target).pipe(
          Effect.andThen(Effect.promise(() => import("./ssh/connecting.ts"))),
          Effect.flatMap(({ connect }) => connect(target))
        )
    })
  })
)
