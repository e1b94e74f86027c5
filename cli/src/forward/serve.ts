/**
 * Serves whoever connects, for as long as somebody may.
 */
import type { ShellError } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import type * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { bridge, type Dial } from "./bridge.ts"
import type { Client } from "./listen.ts"

/** What happens to clients. */
export interface Told {
  readonly connected: (client: Client) => void
  readonly ended: (client: Client) => void
  readonly failed: (client: Client, error: ShellError) => void
}

const one = (client: Client, dial: Dial, told: Told): Effect.Effect<void> =>
  Effect.suspend(() => {
    told.connected(client)
    return bridge(client.socket, dial, client.forward.host, client.forward.remote)
  }).pipe(
    Effect.match({
      onSuccess: () => told.ended(client),
      onFailure: (error) => told.failed(client, error)
    })
  )

/** Serves all of them at once; what becomes of one is nothing to the others. */
export const serve = (clients: Queue.Dequeue<Client>, dial: Dial, told: Told): Effect.Effect<void> =>
  Stream.fromQueue(clients).pipe(
    Stream.mapEffect((client) => one(client, dial, told), { concurrency: "unbounded" }),
    Stream.runDrain
  )
