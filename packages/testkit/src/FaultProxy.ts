/**
 * A bad network for tests: a proxy in front of a port of this computer which cuts, slows, delays, freezes and refuses.
 *
 * @since 0.1.0
 */
import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { pump, type Way } from "./internal/proxy/pump.ts"
import { random, Wire } from "./internal/proxy/rate.ts"

/**
 * What goes wrong; nothing without any. `up` is from the client to the server.
 *
 * @category models
 * @since 0.1.0
 */
export interface Faults {
  /**
   * `freeze`: connections are taken and nothing passes any more, not even an end; what has arrived is kept for later.
   * `refuse`: nobody listens. `reset`: new connections are taken and reset. The last two leave open connections alone.
   */
  readonly mode?: "pass" | "freeze" | "refuse" | "reset"
  /** Cuts all connections again and again, each time after milliseconds of this range. */
  readonly cutEvery?: { readonly min: number; readonly max: number }
  /** Cuts each connection when it has carried so many bytes, both ways counted. */
  readonly cutAfterBytes?: number
  /** All connections share it; a number is a limit for each way. */
  readonly bytesPerSecond?: number | { readonly up?: number; readonly down?: number }
  /** Milliseconds that everything takes longer, each way. */
  readonly latency?: number
}

/**
 * What has passed since the start.
 *
 * @category models
 * @since 0.1.0
 */
export interface Counts {
  /** Connections that were taken. */
  readonly connections: number
  /** Those which are open now. */
  readonly open: number
  /** Those which were cut by the proxy. */
  readonly cut: number
  readonly up: number
  readonly down: number
}

/**
 * Where the proxy leads to, and how it begins; the seed decides when it cuts.
 *
 * @category models
 * @since 0.1.0
 */
export interface FaultProxyOptions extends Faults {
  readonly to: number
  readonly host?: string
  readonly seed?: number
}

type Direction = "up" | "down"

interface Connection {
  readonly client: Socket
  readonly server: Socket
  bytes: number
}

/**
 * A proxy that listens on a port of 127.0.0.1. It is closed by `close` or `await using`.
 *
 * @category models
 * @since 0.1.0
 */
export class FaultProxy {
  readonly host = "127.0.0.1"
  readonly #options: FaultProxyOptions
  readonly #wires = { up: new Wire(), down: new Wire() }
  readonly #random: () => number
  readonly #connections = new Set<Connection>()
  readonly #waiting = new Set<Socket>()
  readonly #counts = { connections: 0, cut: 0, up: 0, down: 0 }
  #faults: Faults = {}
  #port = 0
  #server: Server | undefined
  #timer: NodeJS.Timeout | undefined
  #change = Promise.withResolvers<void>()

  private constructor(options: FaultProxyOptions) {
    this.#options = options
    this.#random = random(options.seed ?? 0)
  }

  /** Starts a proxy that listens when the promise is kept, unless it refuses. */
  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options)
    await proxy.#listen()
    await proxy.set(options)
    return proxy
  }

  get port(): number {
    return this.#port
  }

  get counts(): Counts {
    return { ...this.#counts, open: this.#connections.size + this.#waiting.size }
  }

  /** These faults instead of those before. */
  async set(faults: Faults): Promise<void> {
    this.#faults = faults
    clearTimeout(this.#timer)
    this.#cutLater()
    this.#change.resolve()
    this.#change = Promise.withResolvers()
    if (faults.mode === "refuse") void this.#refuse()
    else await this.#listen()
  }

  /** Ends every open connection now, as a network does (`reset`), or politely (`end`). */
  cut(how: "reset" | "end" = "reset"): void {
    for (const connection of this.#connections) this.#cut(connection, how)
    for (const socket of this.#waiting) socket.destroy()
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.cut()
    this.#faults = {}
    this.#change.resolve()
    await this.#refuse()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #listen(): Promise<void> {
    if (this.#server !== undefined) return
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void this.#accept(client))
    this.#server = server
    server.listen(this.#port, this.host)
    await once(server, "listening")
    const address = server.address()
    if (typeof address === "object" && address !== null) this.#port = address.port
  }

  /** Nobody is listened to any more at once; the promise is kept when the last connection has ended. */
  #refuse(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    return new Promise((resolve) => (server === undefined ? resolve() : server.close(() => resolve())))
  }

  #cutLater(): void {
    const { cutEvery } = this.#faults
    if (cutEvery === undefined) return
    const { max, min } = cutEvery
    this.#timer = setTimeout(
      () => {
        this.cut()
        this.#cutLater()
      },
      min + this.#random() * (max - min)
    ).unref()
  }

  #cut(connection: Connection, how: "reset" | "end"): void {
    if (!this.#connections.delete(connection)) return
    this.#counts.cut += 1
    for (const socket of [connection.client, connection.server]) {
      if (how === "reset") socket.resetAndDestroy()
      else socket.destroy()
    }
  }

  async #unfrozen(): Promise<void> {
    while (this.#faults.mode === "freeze") await this.#change.promise
  }

  async #accept(client: Socket): Promise<void> {
    this.#counts.connections += 1
    client.on("error", () => client.destroy())
    client.on("close", () => this.#waiting.delete(client))
    if (this.#faults.mode === "reset") {
      client.resetAndDestroy()
      return
    }
    this.#waiting.add(client)
    await this.#unfrozen()
    this.#waiting.delete(client)
    if (!client.destroyed) this.#join(client)
  }

  #join(client: Socket): void {
    const { host = "127.0.0.1", to } = this.#options
    const server = connect({ port: to, host, allowHalfOpen: true, noDelay: true })
    const connection: Connection = { client, server, bytes: 0 }
    this.#connections.add(connection)
    const ends = [
      [client, server],
      [server, client]
    ] as const
    for (const [socket, other] of ends) {
      socket.on("error", () => void this.#unfrozen().then(() => other.resetAndDestroy()))
      socket.on("close", () => {
        if (other.destroyed) this.#connections.delete(connection)
      })
    }
    void pump(client, server, this.#way(connection, "up"))
    void pump(server, client, this.#way(connection, "down"))
  }

  #way(connection: Connection, direction: Direction): Way {
    const left = () => (this.#faults.cutAfterBytes ?? Number.POSITIVE_INFINITY) - connection.bytes
    return {
      wire: this.#wires[direction],
      bytesPerSecond: () => {
        const limit = this.#faults.bytesPerSecond
        return typeof limit === "number" ? limit : limit?.[direction]
      },
      latency: () => this.#faults.latency ?? 0,
      open: () => this.#unfrozen(),
      left,
      passed: (bytes) => {
        connection.bytes += bytes
        this.#counts[direction] += bytes
        if (left() <= 0) this.#cut(connection, "reset")
      }
    }
  }
}

/**
 * Starts a proxy that listens when the promise is kept, unless it refuses.
 *
 * @category constructors
 * @since 0.1.0
 */
export const start = (options: FaultProxyOptions): Promise<FaultProxy> => FaultProxy.start(options)
