import type { Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { pieceAt, type Wire } from "./rate.ts"

/** One way of the proxy, looked at again for every piece, so that a change holds at once. */
export interface Way {
  readonly wire: Wire
  readonly bytesPerSecond: () => number | undefined
  readonly latency: () => number
  /** Kept while the way is frozen. */
  readonly open: () => Promise<void>
  /** Bytes that this connection may still pass. */
  readonly left: () => number
  readonly passed: (bytes: number) => void
}

interface Item {
  readonly at: number
  /** Without one, the source has ended. */
  readonly bytes: Uint8Array | undefined
}

const most = 1 << 20

/** Everything that has arrived, with its time; the source waits while there is too much of it. */
class Queue {
  readonly #source: Socket
  readonly #items: Array<Item> = []
  #size = 0
  #wake: (() => void) | undefined

  constructor(source: Socket) {
    this.#source = source
    source.on("data", (bytes: Uint8Array) => this.#push(bytes))
    source.on("end", () => this.#push(undefined))
    source.on("close", () => this.#push(undefined))
  }

  #push(bytes: Uint8Array | undefined): void {
    this.#items.push({ at: performance.now(), bytes })
    this.#size += bytes?.length ?? 0
    if (this.#size > most) this.#source.pause()
    this.#wake?.()
  }

  async take(): Promise<Item> {
    for (;;) {
      const item = this.#items.shift()
      if (item !== undefined) {
        this.#size -= item.bytes?.length ?? 0
        if (this.#size <= most) this.#source.resume()
        return item
      }
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

/** Until the kernel has it: a cut right after must not take it back. */
const write = (to: Socket, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => to.write(bytes, () => resolve()))

const passItem = async (bytes: Uint8Array, to: Socket, way: Way): Promise<void> => {
  for (let from = 0; from < bytes.length && !to.destroyed;) {
    await way.open()
    const rate = way.bytesPerSecond()
    const piece = bytes.subarray(from, from + Math.min(way.left(), rate === undefined ? bytes.length : pieceAt(rate)))
    if (rate !== undefined) {
      const wait = way.wire.take(piece.length, rate, performance.now())
      if (wait >= 1) await sleep(wait)
      await way.open()
    }
    if (!to.destroyed) await write(to, piece)
    from += piece.length
    way.passed(piece.length)
    if (way.left() <= 0) return
  }
}

/** Carries everything from one socket to the other, its end too. */
export const pump = async (from: Socket, to: Socket, way: Way): Promise<void> => {
  const queue = new Queue(from)
  for (;;) {
    const { at, bytes } = await queue.take()
    const wait = at + way.latency() - performance.now()
    if (wait > 0) await sleep(wait)
    await way.open()
    if (bytes !== undefined) await passItem(bytes, to, way)
    else if (from.destroyed) to.destroySoon()
    else to.end()
    if (to.destroyed) from.destroy()
    if (bytes === undefined || to.destroyed) return
  }
}
