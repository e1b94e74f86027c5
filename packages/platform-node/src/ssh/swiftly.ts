/**
 * What makes ssh2 as fast as a compiled client: fewer writes, and keys that are made once.
 *
 * @since 0.1.0
 */
import { createSecretKey, randomFillSync } from "node:crypto"
import type { Socket } from "node:net"
import type { Client } from "ssh2"

/**
 * Has a connected socket send together what is written in one turn. ssh2 writes every packet's length, content and tag by
 * themselves, and each would be a call to the system and a segment on the wire.
 *
 * @category mutations
 * @since 0.1.0
 */
export const sendTogether = (socket: Socket): void => {
  const write = socket.write.bind(socket)
  let isGathering = false
  const gathered = (...args: ReadonlyArray<unknown>): unknown => {
    if (!isGathering) {
      isGathering = true
      socket.cork()
      process.nextTick(() => {
        isGathering = false
        socket.uncork()
      })
    }
    return Reflect.apply(write, undefined, args)
  }
  Reflect.set(socket, "write", gathered)
}

/** Where ssh2 1.17 keeps the keys of AES-GCM. */
const keys = [
  { part: "_cipher", key: "_encKey" },
  { part: "_decipher", key: "_decipherKey" }
] as const

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined

/**
 * Fills the end of an array from some place on with random bytes, drawn many at a time and each given once.
 *
 * @category constructors
 * @since 0.1.0
 */
export const randomBytes = (): ((target: Uint8Array, at: number) => void) => {
  const drawn = new Uint8Array(16_384)
  let used = drawn.length
  return (target, at) => {
    const wanted = target.length - at
    if (used + wanted > drawn.length) {
      randomFillSync(drawn)
      used = 0
    }
    target.set(drawn.subarray(used, used + wanted), at)
    used += wanted
  }
}

const fill = randomBytes()

/** RFC 5647, 7.2: what is encrypted is a multiple of this, with at least four bytes of padding. */
const blockBytes = 16

/** A packet as RFC 4253, section 6, has it, with room for its payload: length, length of the padding, payload, padding. */
const allocPacket = (payloadBytes: number): Buffer => {
  const short = blockBytes - ((1 + payloadBytes) % blockBytes)
  const padding = short < 4 ? short + blockBytes : short
  const packet = Buffer.allocUnsafe(5 + payloadBytes + padding)
  packet.writeUInt32BE(1 + payloadBytes + padding, 0)
  packet[4] = padding
  fill(packet, 5 + payloadBytes)
  return packet
}

/**
 * Has ssh2's AES-GCM give every packet's cipher a key object instead of bytes, from which Node would make one for each
 * packet, and draw the padding of many packets at once: half of the time of a packet. To be called whenever keys were
 * exchanged; where ssh2 is made otherwise, nothing changes.
 *
 * @category mutations
 * @since 0.1.0
 */
export const hastenPackets = (client: Client): void => {
  const protocol = fieldOf(client, "_protocol")
  for (const { key, part } of keys) {
    const cipher = fieldOf(protocol, part)
    const bytes = fieldOf(cipher, key)
    if (typeof cipher !== "object" || cipher === null || !Buffer.isBuffer(bytes)) continue
    Reflect.set(cipher, key, createSecretKey(bytes))
    if (typeof fieldOf(cipher, "allocPacket") === "function") Reflect.set(cipher, "allocPacket", allocPacket)
  }
}
