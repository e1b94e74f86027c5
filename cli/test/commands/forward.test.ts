import { connect, createServer, type Server, type Socket } from "node:net"
import { assert, describe } from "vitest"
import type { Box } from "../../../test/harness/Box.ts"
import { boxed } from "../../../test/harness/boxed.ts"
import type { Command } from "../../../test/harness/Command.ts"
import { sleep, until } from "../../../test/harness/until.ts"
import { withoutSshd } from "../../../test/harness/withoutSshd.ts"
import { onHosts } from "../hosts.ts"

/** Something that listens, as a program on the machine would. */
const listening = async <A>(serve: (socket: Socket) => void, body: (port: number) => Promise<A>): Promise<A> => {
  const sockets = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on("error", () => {}))
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  try {
    return await body(typeof address === "object" && address !== null ? address.port : 0)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

/** Sends everything, closes that half, and answers all that came back. */
const exchange = (port: number, bytes: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true })
    const pieces: Array<Buffer> = []
    socket.on("data", (piece) => pieces.push(Buffer.from(piece)))
    socket.on("end", () => resolve(Buffer.concat(pieces)))
    socket.on("error", reject)
    socket.end(bytes)
  })

const portOf = async (command: Command): Promise<number> => {
  await command.printed(/"forwards":.*\}\n/)
  return JSON.parse(command.stdout).forwards[0].port
}

/** Says how much it got, but only after the other half was closed. */
const counting = (socket: Socket): void => {
  let count = 0
  socket.on("data", (piece) => (count += piece.length))
  socket.on("end", () => socket.end(`got ${count}`))
}

const ended = async (command: Command): Promise<void> => {
  command.signal("SIGINT")
  assert.strictEqual((await command.ended).code, 0, command.stderr)
}

const one = (box: Box, body: () => Promise<void>): Promise<void> => onHosts(box, ["one"], body)

describe.concurrent("runctl forward", () => {
  boxed(
    "passes bytes both ways, many at once, and lets each half close by itself",
    (box) =>
      one(box, () =>
        listening(counting, async (port) => {
          const command = box.start(["forward", "one", `0:127.0.0.1:${port}`, "--json"])
          const here = await portOf(command)
          const sizes = [0, 1, 5_000_000, 70_000, 3, 1_000_000]
          const answers = await Promise.all(sizes.map((size) => exchange(here, Buffer.alloc(size, "x"))))
          assert.deepStrictEqual(
            answers.map(String),
            sizes.map((size) => `got ${size}`)
          )
          await ended(command)
        })
      ),
    { skip: withoutSshd }
  )

  boxed(
    "holds nothing back in memory for a reader that is slow",
    (box) =>
      one(box, () => {
        let sent = 0
        const endless = (socket: Socket): void => {
          const more = (): void => {
            while (socket.writable && socket.write(Buffer.alloc(65_536))) sent += 65_536
          }
          socket.on("drain", more)
          more()
        }
        return listening(endless, async (port) => {
          const command = box.start(["forward", "one", `0:127.0.0.1:${port}`, "--json"])
          const socket = connect(await portOf(command), "127.0.0.1")
          socket.pause()
          let before = -1
          await until("no more is sent", async () => {
            const same = sent === before && sent > 0
            before = sent
            await sleep(500)
            return same
          })
          assert.isBelow(sent, 64 * 1024 * 1024)
          socket.destroy()
          await ended(command)
        })
      }),
    { skip: withoutSshd }
  )

  boxed(
    "connects anew after the connection was cut, for whoever comes next",
    (box) =>
      onHosts(box, ["one"], ([host]) =>
        listening(counting, async (port) => {
          const command = box.start(["forward", "one", `0:127.0.0.1:${port}`, "--json"])
          const here = await portOf(command)
          for (const turn of [1, 2]) {
            assert.strictEqual(String(await exchange(here, Buffer.from("abc"))), "got 3", `turn ${turn}`)
            const open = connect(here, "127.0.0.1")
            const gone = new Promise((resolve) => open.on("close", resolve).on("error", () => {}))
            open.write("x")
            await sleep(300)
            host?.killConnections()
            await gone
          }
          assert.strictEqual(String(await exchange(here, Buffer.from("abcd"))), "got 4")
          await host?.stop()
          const failed = await exchange(here, Buffer.from("abc")).catch((error: unknown) => String(error))
          assert.match(String(failed), /ECONNRESET|^$/)
          await host?.boot()
          assert.strictEqual(String(await exchange(here, Buffer.from("abcde"))), "got 5")
          await ended(command)
        })
      ),
    { skip: withoutSshd }
  )

  boxed(
    "says once that nothing listens there, and goes on",
    (box) =>
      one(box, async () => {
        const command = box.start(["forward", "one", "0:1", "--json"])
        const here = await portOf(command)
        for (const _ of [1, 2, 3]) await exchange(here, Buffer.from("x")).catch(() => {})
        await command.printed(/localhost:1 is not reached/)
        assert.strictEqual(command.stderr.match(/is not reached/g)?.length, 1)
        await ended(command)
      }),
    { skip: withoutSshd }
  )

  boxed("listens on this computer alone, names a port that is taken, and takes another", async (box) => {
    assert.strictEqual((await box.run(["create", "--provider", "local", "--name", "mine"])).code, 0)
    await listening(counting, async (port) => {
      const taken = await box.run(["forward", "mine", `${port}:1`])
      assert.strictEqual(taken.code, 3)
      assert.match(taken.stderr, new RegExp(`listens on port ${port}\\n(.*\\n)*.*RUNCTL_E_PORT_IN_USE`))
      const same = await box.run(["forward", "mine", String(port)])
      assert.strictEqual(same.code, 2, "a machine that is this computer has the same ports")
      const command = box.start(["forward", "mine", `0:${port}`, "--verbose"])
      await command.printed(/^http:\/\/127\.0\.0\.1:\d+$/m)
      const here = Number(/:(\d+)\n/.exec(command.stdout)?.[1])
      assert.strictEqual(String(await exchange(here, Buffer.from("abc"))), "got 3")
      await command.printed(/connected/)
      command.signal("SIGTERM")
      assert.strictEqual((await command.ended).code, 0)
      const refused = await exchange(here, Buffer.from("x")).catch((error: unknown) => String(error))
      assert.match(String(refused), /ECONNREFUSED/)
    })
    assert.strictEqual((await box.run(["terminate", "mine", "--yes"])).code, 0)
  })
})
