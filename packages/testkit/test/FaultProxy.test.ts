import { spawn } from "node:child_process"
import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as FaultProxy from "../src/FaultProxy.ts"
import * as SshMachine from "../src/SshMachine.ts"
import { hasSsh, program, ssh, whyNoSsh } from "./openssh.ts"

/** Sends back what it hears. */
const echo: Server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy())
  socket.pipe(socket)
})

let to = 0

beforeAll(async () => {
  echo.listen(0, "127.0.0.1")
  await once(echo, "listening")
  const address = echo.address()
  if (typeof address === "object" && address !== null) to = address.port
})

afterAll(() => echo.close())

const call = (proxy: FaultProxy.FaultProxy): Socket => {
  const socket = connect(proxy.port, "127.0.0.1")
  return socket.on("error", () => socket.destroy())
}

const dial = async (proxy: FaultProxy.FaultProxy): Promise<Socket> => {
  const socket = call(proxy)
  await once(socket, "connect")
  return socket
}

const errorCode = (error: NodeJS.ErrnoException | null): string | undefined => error?.code

/** Everything until the connection ends, and how it ended. */
const all = (socket: Socket): Promise<{ readonly bytes: number; readonly error: string | undefined }> =>
  new Promise((resolve) => {
    let bytes = 0
    const finish = () => resolve({ bytes, error: errorCode(socket.errored) })
    socket.on("data", (chunk) => (bytes += chunk.length))
    if (socket.closed) finish()
    else socket.on("close", finish)
  })

const timed = async <A>(promise: Promise<A>): Promise<number> => {
  const begin = performance.now()
  await promise
  return performance.now() - begin
}

const hears = (socket: Socket, milliseconds: number): Promise<boolean> =>
  Promise.race([once(socket, "data").then(() => true), sleep(milliseconds).then(() => false)])

describe("a fault proxy", () => {
  it("passes everything both ways, and an end as an end", async () => {
    await using proxy = await FaultProxy.start({ to })
    const socket = await dial(proxy)
    const received = all(socket)
    socket.end(Buffer.alloc(3_000_000))
    expect(await received).toEqual({ bytes: 3_000_000, error: undefined })
    expect(proxy.counts).toMatchObject({ connections: 1, cut: 0, up: 3_000_000, down: 3_000_000 })
  })

  it("resets an open connection when it is told to cut", async () => {
    await using proxy = await FaultProxy.start({ to })
    const socket = await dial(proxy)
    const received = all(socket)
    socket.write("hello")
    await once(socket, "data")
    proxy.cut()
    expect(await received).toEqual({ bytes: 5, error: "ECONNRESET" })
    expect(proxy.counts).toMatchObject({ open: 0, cut: 1 })
  })

  it("cuts again and again", async () => {
    await using proxy = await FaultProxy.start({ to, cutEvery: { min: 5, max: 20 }, seed: 7 })
    for (let times = 0; times < 3; times++) {
      expect((await all(call(proxy))).error).toBe("ECONNRESET")
    }
    await proxy.set({})
    const socket = await dial(proxy)
    await sleep(60)
    socket.write("still here")
    expect(await hears(socket, 5000)).toBe(true)
  })

  it("cuts each connection after exactly so many bytes", async () => {
    await using proxy = await FaultProxy.start({ to, cutAfterBytes: 100_000 })
    for (let times = 0; times < 2; times++) {
      const socket = await dial(proxy)
      const received = all(socket)
      socket.write(Buffer.alloc(1_000_000))
      expect((await received).error).toBe("ECONNRESET")
    }
    expect(proxy.counts.up + proxy.counts.down).toBe(200_000)
  })

  it("carries no more than so many bytes a second, shared by all", async () => {
    await using proxy = await FaultProxy.start({ to, bytesPerSecond: { up: 200_000 } })
    const send = async () => {
      const socket = await dial(proxy)
      const received = all(socket)
      socket.end(Buffer.alloc(50_000))
      await received
    }
    const slow = await timed(Promise.all([send(), send()]))
    expect(slow).toBeGreaterThan(450)
    await proxy.set({ bytesPerSecond: { down: 200_000 } })
    expect(await timed(send())).toBeGreaterThan(200)
    await proxy.set({})
    expect(await timed(Promise.all([send(), send()]))).toBeLessThan(slow)
  })

  it("takes longer each way, without being slower", async () => {
    await using proxy = await FaultProxy.start({ to, latency: 60 })
    const socket = await dial(proxy)
    const answer = once(socket, "data")
    const begin = performance.now()
    for (let times = 0; times < 10; times++) socket.write("x")
    await answer
    const first = performance.now() - begin
    const rest = all(socket)
    socket.end()
    expect(first).toBeGreaterThan(115)
    expect(await timed(rest)).toBeLessThan(10 * 120)
  })

  it("freezes: takes connections, says nothing, and has lost nothing afterwards", async () => {
    await using proxy = await FaultProxy.start({ to })
    const old = await dial(proxy)
    await proxy.set({ mode: "freeze" })
    const young = await dial(proxy)
    for (const socket of [old, young]) socket.write("hello")
    expect(await Promise.all([hears(old, 80), hears(young, 80)])).toEqual([false, false])
    const heard = Promise.all([hears(old, 5000), hears(young, 5000)])
    await proxy.set({})
    expect(await heard).toEqual([true, true])
  })

  it("keeps an end to itself while it is frozen", async () => {
    await using proxy = await FaultProxy.start({ to })
    const socket = await dial(proxy)
    await proxy.set({ mode: "freeze" })
    socket.end()
    expect(await Promise.race([once(socket, "end"), sleep(80)])).toBeUndefined()
    socket.resume()
    const ended = once(socket, "end")
    await proxy.set({})
    await ended
  })

  it("refuses new connections, and takes them again on the same port", async () => {
    await using proxy = await FaultProxy.start({ to })
    const { port } = proxy
    const old = await dial(proxy)
    await proxy.set({ mode: "refuse" })
    await expect(dial(proxy)).rejects.toMatchObject({ code: "ECONNREFUSED" })
    old.write("hello")
    expect(await hears(old, 5000)).toBe(true)
    await proxy.set({})
    expect(proxy.port).toBe(port)
    await dial(proxy)
  })

  it("resets new connections", async () => {
    await using proxy = await FaultProxy.start({ to, mode: "reset" })
    expect((await all(call(proxy))).error).toBe("ECONNRESET")
  })

  it("lets go of both ends when one of them is gone", async () => {
    await using proxy = await FaultProxy.start({ to })
    const socket = await dial(proxy)
    socket.write("hello")
    await once(socket, "data")
    socket.resetAndDestroy()
    while (proxy.counts.open > 0) await sleep(5)
  })
})

describe.skipIf(!hasSsh)(`a fault proxy before a machine over SSH${whyNoSsh}`, () => {
  it("carries a login, and cuts a session", async () => {
    await using machine = await SshMachine.start()
    await using proxy = await FaultProxy.start({ to: machine.port })
    const through = ["-p", String(proxy.port), "-o", `HostKeyAlias=[${machine.host}]:${machine.port}`]
    expect(await ssh(machine, "echo hello", through)).toMatchObject({ code: 0, stdout: "hello\n" })
    const args = [...through, ...(await machine.sshArguments()), "echo here; exec sleep 60"]
    const session = spawn(program, args, { stdio: "pipe" })
    await once(session.stdout, "data")
    proxy.cut()
    expect(await once(session, "exit")).toEqual([255, null])
  })
})
