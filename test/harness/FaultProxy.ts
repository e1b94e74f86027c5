import { connect, createServer, type Server, type Socket } from "node:net"

/** What the way to a server does to what passes. */
export interface Faults {
  /** Cuts each connection after so many milliseconds, chosen between the two. */
  readonly cutEvery?: readonly [from: number, to: number]
  /** Bytes per second, in each direction. */
  readonly bytesPerSecond?: number
  /** Milliseconds that everything takes longer. */
  readonly delay?: number
  /** Accepts and passes nothing on. */
  readonly isFrozen?: boolean
  /** Closes at once. */
  readonly refuses?: boolean
}

/** A way to a port on this computer that can be made bad while it is used. */
export class FaultProxy {
  readonly port: number
  faults: Faults
  connections = 0
  cuts = 0
  readonly #server: Server
  readonly #target: number
  readonly #open = new Set<Socket>()
  #seed: number

  private constructor(server: Server, port: number, target: number, faults: Faults, seed: number) {
    this.#server = server
    this.port = port
    this.#target = target
    this.faults = faults
    this.#seed = seed
    server.on("connection", (socket) => this.#accept(socket))
  }

  static start(target: number, faults: Faults = {}, seed = 1): Promise<FaultProxy> {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true })
      server.once("error", reject)
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resolve(
          new FaultProxy(
            server,
            typeof address === "object" && address !== null ? address.port : 0,
            target,
            faults,
            seed
          )
        )
      })
    })
  }

  /** Between 0 and 1, the same for the same seed. */
  #random(): number {
    this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return this.#seed / 2_147_483_648
  }

  #accept(client: Socket): void {
    this.connections += 1
    client.on("error", () => {})
    if (this.faults.refuses === true) return void client.destroy()
    const server = connect({ port: this.#target, host: "127.0.0.1", noDelay: true })
    server.on("error", () => client.destroy())
    for (const socket of [client, server]) this.#open.add(socket)
    const cut = (): void => {
      this.cuts += 1
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
    const { cutEvery } = this.faults
    const timer =
      cutEvery === undefined ? undefined : setTimeout(cut, cutEvery[0] + this.#random() * (cutEvery[1] - cutEvery[0]))
    const over = (): void => {
      clearTimeout(timer)
      for (const socket of [client, server]) {
        this.#open.delete(socket)
        socket.destroy()
      }
    }
    client.once("close", over)
    server.once("close", over)
    this.#pass(client, server)
    this.#pass(server, client)
  }

  #pass(from: Socket, to: Socket): void {
    // When the next byte may go, by the limit.
    let free = 0
    from.on("data", (bytes: Buffer) => {
      const { bytesPerSecond, delay = 0, isFrozen } = this.faults
      if (isFrozen === true) return
      const now = performance.now()
      if (bytesPerSecond !== undefined) free = Math.max(free, now) + (bytes.length / bytesPerSecond) * 1000
      const wait = delay + (bytesPerSecond === undefined ? 0 : free - now)
      const send = (): void => {
        if (to.writable && !to.write(bytes)) {
          from.pause()
          to.once("drain", () => from.resume())
        }
      }
      if (wait <= 0) return send()
      if (bytesPerSecond !== undefined) from.pause()
      setTimeout(() => {
        send()
        if (bytesPerSecond !== undefined && !to.writableNeedDrain) from.resume()
      }, wait)
    })
    from.on("end", () => setTimeout(() => to.end(), this.faults.delay ?? 0))
  }

  /** Cuts everything that is open. */
  cutAll(): void {
    this.cuts += 1
    for (const socket of this.#open) socket.resetAndDestroy()
  }

  close(): Promise<void> {
    this.cutAll()
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
    })
  }
}
