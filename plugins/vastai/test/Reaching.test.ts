import { assert, describe, it } from "@effect/vitest"
import * as Reaching from "@runctl/plugin-vastai/Reaching"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import { createServer, type Server } from "node:net"

const row = {
  id: 1,
  public_ipaddr: "127.0.0.1",
  ssh_host: "ssh4.vast.ai",
  ssh_port: 10_882,
  image_runtype: "ssh ssh_direct"
}

const withPort = (port: number) => ({ ...row, ports: { "22/tcp": [{ HostPort: String(port) }] } })

const proxy = { host: "ssh4.vast.ai", port: 10_882 }

/** Somebody who greets like an sshd. */
const sshd = Effect.acquireRelease(
  Effect.promise(
    () =>
      new Promise<Server>((resolve) => {
        const server = createServer((socket) => {
          socket.on("error", () => socket.destroy())
          socket.end("SSH-2.0-OpenSSH_9.2p1\r\n")
        })
        server.listen(0, "127.0.0.1", () => resolve(server))
      })
  ),
  (server) => Effect.sync(() => server.close())
)

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const way = (instance: Parameters<typeof Reaching.wayTo>[0], preferred: "direct" | "proxy") =>
  Effect.flatMap(HttpClient.HttpClient, (http) => Reaching.wayTo(instance, preferred, Reaching.listens(http))).pipe(
    Effect.provide(FetchHttpClient.layer)
  )

describe("the way to a machine", () => {
  it.live("is its host's own address where somebody listens there", () =>
    Effect.gen(function* () {
      const port = portOf(yield* sshd)
      assert.deepStrictEqual(yield* way(withPort(port), "direct"), { host: "127.0.0.1", port })
      assert.deepStrictEqual(yield* way(withPort(port), "proxy"), proxy)
    }).pipe(Effect.scoped)
  )

  it.live("is the proxy where nobody does: some hosts' addresses are blocked", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(Effect.map(sshd, portOf))
      assert.deepStrictEqual(yield* way(withPort(port), "direct"), proxy)
    })
  )

  it.live("is whichever of the two there is", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* way({ ...row, ports: null }, "direct"), proxy)
      assert.deepStrictEqual(yield* way({ ...withPort(20_000), ssh_host: null }, "proxy"), {
        host: "127.0.0.1",
        port: 20_000
      })
      assert.isUndefined(yield* way({ id: 1 }, "direct"))
    })
  )
})
