import * as NodeServices from "@effect/platform-node/NodeServices"
import type { ProviderError } from "@runctl/core/ProviderError"
import type { Shells as AnyShells } from "@runctl/core/Shell"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as NodeHostKeys from "@runctl/platform-node/NodeHostKeys"
import * as NodeSsh from "@runctl/platform-node/NodeSsh"
import * as Shells from "@runctl/remote/Shells"
import * as SshPool from "@runctl/remote/SshPool"
import { Home } from "@runctl/runtime/Home"
import { HostKeys } from "@runctl/runtime/HostKeys"
import { SshAccess } from "@runctl/runtime/SshAccess"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { join } from "node:path"
import { publicKey } from "./rented.ts"

/** An installation of runctl in a folder: its key opens the machines, and it remembers whom it has met. */
const installation = (folder: string) => {
  const home = Layer.orDie(Home.layerAt(join(folder, "runctl"))).pipe(Layer.provide(NodeServices.layer))
  const ssh = SshPool.layer.pipe(Layer.provide(NodeSsh.layer), Layer.provide(SshAccess.layer({})), Layer.provide(home))
  return Layer.mergeAll(Shells.layer.pipe(Layer.provide(ssh)), NodeHostKeys.layer.pipe(Layer.provide(home))).pipe(
    Layer.provideMerge(NodeServices.layer)
  )
}

const withKey = (key: string) =>
  Effect.map(TrainingProvider, (provider) =>
    TrainingProvider.of({
      ...provider,
      createResource: (request) => provider.createResource({ ...request, authorizedKey: request.authorizedKey ?? key })
    })
  )

/** What a provider rents is opened by a key, as the runtime asks for it; laws ask for none. */
export const opened = <R, E, RIn>(provider: Layer.Layer<TrainingProvider | R, E, RIn>) =>
  Layer.effect(TrainingProvider, withKey(publicKey)).pipe(Layer.provideMerge(provider))

const openedByOwner = Layer.effect(
  TrainingProvider,
  Effect.flatMap(HostKeys, ({ authorizedKey }) => Effect.flatMap(Effect.orDie(authorizedKey), withKey))
)

/** A provider whose machines are reached over SSH from an installation in a folder, and open to its key. */
export const openedFrom = <R>(
  folder: string,
  provider: Layer.Layer<TrainingProvider | R, ProviderError, AnyShells>
): Layer.Layer<TrainingProvider | R | Layer.Success<ReturnType<typeof installation>>, ProviderError> =>
  openedByOwner.pipe(Layer.provideMerge(provider), Layer.provideMerge(installation(folder)))
