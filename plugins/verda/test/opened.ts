import * as NodeServices from "@effect/platform-node/NodeServices"
import type { ProviderError } from "@runctl/core/ProviderError"
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

/** An installation of runctl in a folder: its key opens the machines, and it remembers whom it has met. */
const installation = (folder: string) => {
  const home = Layer.orDie(Home.layerAt(join(folder, "runctl"))).pipe(Layer.provide(NodeServices.layer))
  const ssh = SshPool.layer.pipe(Layer.provide(NodeSsh.layer), Layer.provide(SshAccess.layer({})), Layer.provide(home))
  return Layer.mergeAll(Shells.layer.pipe(Layer.provide(ssh)), NodeHostKeys.layer.pipe(Layer.provide(home))).pipe(
    Layer.provideMerge(NodeServices.layer)
  )
}

/** What a provider rents is opened by the owner's key, as the runtime asks for it; laws ask for none. */
const opened = Layer.effect(
  TrainingProvider,
  Effect.gen(function* () {
    const provider = yield* TrainingProvider
    const { authorizedKey } = yield* HostKeys
    const key = yield* Effect.orDie(authorizedKey)
    return TrainingProvider.of({
      ...provider,
      createResource: (request) => provider.createResource({ ...request, authorizedKey: request.authorizedKey ?? key })
    })
  })
)

/** A provider whose machines are reached over SSH from an installation in a folder. */
export const openedFrom = <R>(
  folder: string,
  provider: Layer.Layer<TrainingProvider | R, ProviderError>
): Layer.Layer<TrainingProvider | R | Layer.Success<ReturnType<typeof installation>>, ProviderError> =>
  opened.pipe(Layer.provideMerge(Layer.merge(provider, installation(folder))))
