/**
 * The way to a machine: which one is meant, and where it is reached.
 */
import type { Endpoint, SshEndpoint } from "@runctl/core/Endpoint"
import type { ResourceId } from "@runctl/core/Resource"
import { Shells } from "@runctl/core/Shell"
import type { Using } from "@runctl/core/TrainingProvider"
import { Ssh } from "@runctl/remote/Ssh"
import { patiently } from "@runctl/runtime/ProviderCalls"
import { Providers } from "@runctl/runtime/Providers"
import { Resources, type ResourceView } from "@runctl/runtime/Resources"
import { NotOurs, UnknownResource } from "@runctl/runtime/RuntimeError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/** A machine of ours with its provider; whoever else has it is not touched. */
const ownWith = Effect.fnUntraced(function* ({ id, ours, resource }: ResourceView) {
  if (resource === undefined) return yield* new UnknownResource({ id, known: [] })
  if (!ours) return yield* new NotOurs({ id, owner: resource.owner })
  const providers = yield* Providers
  return { resource, ...(yield* providers.get(id.split("/")[0] ?? "")) }
})

/** Where a machine of ours is reached, by what its provider says now. */
export const endpointOf = Effect.fnUntraced(function* (view: ResourceView) {
  const { provider, resource } = yield* ownWith(view)
  // Looked at again each time: a machine that was just started is reached as soon as it is said to run.
  return yield* patiently(Effect.flatMap(provider.getResource(resource.id), (now) => provider.endpoint(now)))
})

/** Does something with a machine of ours. */
export const useMachine = <A, E>(view: ResourceView, use: (using: Using, id: ResourceId) => Effect.Effect<A, E>) =>
  Effect.flatMap(ownWith(view), ({ resource, using }) => use(using, resource.id))

/** The machine that an id, a label, a name or a run on it stands for. */
export const machineFor = Effect.fnUntraced(function* (wanted: string) {
  const view = yield* Effect.flatMap(Resources, (resources) => resources.get(wanted))
  return { id: view.id, endpoint: yield* endpointOf(view) }
})

/** A shell there. */
export const shellAt = (endpoint: Endpoint) => Effect.flatMap(Shells, ({ open }) => open(endpoint))

/** A session there. */
export const sessionAt = (endpoint: SshEndpoint) => Effect.flatMap(Ssh, ({ open }) => open(endpoint))

/** Where a machine leads, without connecting; nothing for one that is this computer or cannot be asked for. */
export const targetOf = Effect.fnUntraced(function* (view: ResourceView) {
  const ssh = yield* Ssh
  const endpoint = yield* Effect.option(endpointOf(view))
  if (endpoint._tag === "None" || endpoint.value._tag !== "Ssh") return undefined
  return Option.getOrUndefined(yield* Effect.option(ssh.resolve(endpoint.value)))
})
