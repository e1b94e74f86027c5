/**
 * One operation over SSH in a process of its own, so that its memory is its own: prints how long it took, connection
 * included, and how much memory was held at most.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import type { SshEndpoint } from "@runctl/core/Endpoint"
import * as NodeRunctl from "@runctl/platform-node/NodeRunctl"
import { Ssh } from "@runctl/remote/Ssh"
import * as Transfer from "@runctl/remote/Transfer"
import * as Upload from "@runctl/remote/Upload"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { median } from "../measure.ts"

interface Order {
  readonly endpoints: ReadonlyArray<SshEndpoint>
  readonly home: string
  readonly what: "up" | "down" | "roundTrips" | "batch"
  readonly local?: string
  readonly remote?: string
}

const order: Order = JSON.parse(process.argv[3] ?? "{}")

const first = order.endpoints[0]
if (first === undefined) throw new Error("no endpoint")

const millisOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const began = performance.now()
    yield* effect
    return performance.now() - began
  })

const opened = (endpoint: SshEndpoint) => Effect.flatMap(Ssh, (ssh) => ssh.open(endpoint))

const perform = Effect.gen(function* () {
  const { local = "", remote = "", what } = order
  switch (what) {
    case "up":
      return yield* millisOf(
        Effect.flatMap(opened(first), ({ shell }) => Upload.upload(shell, local, remote)).pipe(Effect.scoped)
      )
    case "down":
      return yield* millisOf(
        Effect.flatMap(opened(first), ({ shell }) => Transfer.download(shell, remote, local)).pipe(Effect.scoped)
      )
    case "roundTrips": {
      const { shell } = yield* opened(first)
      const times: Array<number> = []
      for (let round = 0; round < 30; round++) times.push(yield* millisOf(shell.exec({ script: "true" })))
      return median(times.slice(5))
    }
    case "batch":
      return yield* millisOf(
        Effect.forEach(
          order.endpoints,
          (endpoint) =>
            Effect.flatMap(opened(endpoint), ({ shell }) => shell.exec({ script: "true" })).pipe(Effect.scoped),
          { concurrency: order.endpoints.length }
        )
      )
  }
}).pipe(Effect.scoped)

const layer = Layer.provideMerge(NodeRunctl.ssh(order.home), NodeServices.layer)
const millis = await Effect.runPromise(Effect.provide(perform, layer))
process.stdout.write(JSON.stringify({ millis, megabytes: process.resourceUsage().maxRSS / 1024 }))
process.exit()
