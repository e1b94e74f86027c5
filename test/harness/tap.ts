import { once } from "node:events"
import { connect, createServer } from "node:net"

/** Somebody in between who hears every byte that clients send, as it goes over the wire. */
export interface Tap extends AsyncDisposable {
  readonly url: string
  /** All of it, from all connections. */
  readonly sent: () => string
}

/** Listens on this computer for what is meant for an `http://` address of it. */
export const tap = async (to: string): Promise<Tap> => {
  const target = new URL(to)
  const heard: Array<Array<Buffer>> = []
  const server = createServer((client) => {
    const bytes: Array<Buffer> = []
    heard.push(bytes)
    const upstream = connect(Number(target.port), target.hostname)
    client.on("data", (chunk) => void bytes.push(chunk))
    client.pipe(upstream).pipe(client)
    for (const [one, other] of [
      [client, upstream],
      [upstream, client]
    ] as const) {
      one.on("error", () => {})
      one.on("close", () => other.destroy())
    }
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("it listens nowhere")
  return {
    url: `http://127.0.0.1:${address.port}`,
    sent: () => heard.map((bytes) => Buffer.concat(bytes).toString("latin1")).join("\n"),
    [Symbol.asyncDispose]: async () => void server.close()
  }
}
