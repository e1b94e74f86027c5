/**
 * Where one's own machines are, as OpenSSH has to be told.
 */
import { Ssh } from "@runctl/remote/Ssh"
import { Home } from "@runctl/runtime/Home"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { join } from "node:path"
import { failureOf } from "../errors/Failure.ts"
import { type Named, ownMachines } from "../machine/own.ts"
import { endpointOf } from "../machine/reach.ts"
import { renderConfig } from "./block.ts"

/** More at once would only trouble the providers. */
const concurrency = 8

/** Where a machine leads; nothing for one that is this computer. */
const targetOf = Effect.fnUntraced(function* ({ view }: Named) {
  const ssh = yield* Ssh
  const endpoint = yield* endpointOf(view)
  return endpoint._tag === "Ssh" ? yield* ssh.resolve(endpoint) : undefined
})

/** All blocks, where they belong, and what cannot be written. */
export const gather = Effect.gen(function* () {
  const { root } = yield* Home
  const machines = yield* ownMachines({ ids: [], provider: undefined, labels: [] })
  const found = yield* Effect.forEach(
    machines,
    (machine) => Effect.map(Effect.result(targetOf(machine)), (result) => ({ machine, result })),
    { concurrency }
  )
  const pinnedFile = join(root, "ssh", "known_hosts")
  const hosts = found.flatMap(({ machine, result }) =>
    Result.isSuccess(result) && result.success !== undefined ? [{ name: machine.name, target: result.success }] : []
  )
  const written = renderConfig(hosts, { pinnedKeys: pinnedFile, agent: process.env["SSH_AUTH_SOCK"] || undefined })
  const idOf = new Map(machines.map(({ name, view }) => [name, view.id]))
  return {
    file: join(root, "ssh", "config"),
    pinnedFile,
    blocks: written.blocks,
    pinned: written.pinned,
    hosts: written.names.map((name) => ({ host: `runctl-${name}`, resource: idOf.get(name) ?? name })),
    leftOut: [
      ...found.flatMap(({ machine, result }) =>
        Result.isFailure(result) ? [{ resource: machine.view.id, why: failureOf(result.failure).message }] : []
      ),
      ...written.refused.map(({ name, why }) => ({ resource: idOf.get(name) ?? name, why }))
    ]
  }
})
