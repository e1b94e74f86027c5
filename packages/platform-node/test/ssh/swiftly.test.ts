import { KeyObject } from "node:crypto"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createConnection, createServer } from "node:net"
import { assert, describe, it, onTestFinished } from "vitest"
import { hastenPackets, randomBytes, sendTogether } from "@runctl/platform-node/ssh/swiftly"
import ssh2 from "ssh2"
import { SshMachine } from "@runctl/testkit/SshMachine"
import { leftOut, withoutSshd } from "../../../../test/harness/withoutSshd.ts"
import { until } from "../../../../test/harness/until.ts"

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined

describe("a socket that sends together", () => {
  it("sends together what is written in one turn, in order, and all of it before it ends", async () => {
    const received: Array<Buffer> = []
    const server = createServer((socket) => socket.on("data", (bytes) => received.push(bytes))).listen(0, "127.0.0.1")
    onTestFinished(() => void server.close())
    await once(server, "listening")
    const address = server.address()
    assert(typeof address === "object" && address !== null)
    const socket = createConnection({ host: "127.0.0.1", port: address.port, noDelay: true })
    let calls = 0
    const writev = socket._writev?.bind(socket) ?? (() => {})
    Reflect.set(socket, "_writev", (...args: ReadonlyArray<unknown>) => {
      calls += 1
      return Reflect.apply(writev, undefined, args)
    })
    await once(socket, "connect")
    sendTogether(socket)
    for (const piece of ["a", "b", "c"]) socket.write(piece)
    await until("the first turn arrived", () => Buffer.concat(received).toString() === "abc")
    assert.strictEqual(calls, 1)
    for (const piece of ["d", "e"]) socket.write(piece)
    socket.end("f")
    await until("the rest arrived", () => Buffer.concat(received).toString() === "abcdef")
    socket.destroy()
  })
})

describe("random bytes of packets", () => {
  it("are drawn anew before any is given twice", () => {
    const fill = randomBytes()
    const pieces = Array.from({ length: 3000 }, (_, index) => {
      const piece = new Uint8Array(5 + (index % 14) + 6)
      fill(piece, 5)
      assert.isTrue(piece.subarray(0, 5).every((byte) => byte === 0))
      return Buffer.from(piece.subarray(5)).toString("hex")
    })
    assert.strictEqual(new Set(pieces).size, pieces.length)
  })
})

describe.skipIf(withoutSshd !== undefined)(`a connection of ssh2${leftOut(withoutSshd)}`, () => {
  it("keeps key objects, also after keys were exchanged again", async () => {
    const sshd = await SshMachine.start({ config: ["RekeyLimit 1M"] })
    onTestFinished(() => sshd.close())
    const client = new ssh2.Client()
    const lengths: Array<readonly [theirs: number, ours: number]> = []
    client.on("handshake", () => {
      const cipher = fieldOf(fieldOf(client, "_protocol"), "_cipher")
      const alloc = (): unknown => fieldOf(cipher, "allocPacket")
      const theirs = alloc()
      hastenPackets(client)
      const ours = alloc()
      assert(typeof theirs === "function" && typeof ours === "function")
      assert.notStrictEqual(ours, theirs)
      for (let bytes = 0; bytes < 40; bytes++) {
        const [left, right] = [theirs, ours].map((make): Buffer => Reflect.apply(make, cipher, [bytes]))
        assert(left !== undefined && right !== undefined)
        lengths.push([left.length, right.length])
        assert.deepStrictEqual(right.subarray(0, 5), left.subarray(0, 5))
      }
    })
    // Its end is no matter here.
    client.on("error", () => {})
    const ready = once(client, "ready")
    client.connect({
      host: "127.0.0.1",
      port: sshd.port,
      username: sshd.user,
      privateKey: readFileSync(sshd.clientKey.file),
      algorithms: { cipher: ["aes128-gcm@openssh.com"] }
    })
    await ready
    assert.isAtLeast(lengths.length, 40)
    for (const [theirs, ours] of lengths) assert.strictEqual(ours, theirs)
    const keys = (): ReadonlyArray<unknown> => {
      const protocol = fieldOf(client, "_protocol")
      return [fieldOf(fieldOf(protocol, "_cipher"), "_encKey"), fieldOf(fieldOf(protocol, "_decipher"), "_decipherKey")]
    }
    const first = keys()
    for (const key of first) assert.isTrue(key instanceof KeyObject)
    const again = once(client, "handshake")
    client.exec("cat >/dev/null", (error, channel) => {
      assert.isUndefined(error)
      channel.end(Buffer.alloc(3_000_000))
    })
    await again
    for (const key of keys()) assert.isTrue(key instanceof KeyObject)
    assert.notStrictEqual(keys()[0], first[0])
    client.end()
  })
})
