import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { createServer as createSecureServer, type ServerOptions } from "node:https"
import { answer, newWorld, type World } from "./droplets.ts"
import type { Recorded } from "./recorded.ts"

/** What the next matching request is answered with instead, once or as often as said. */
export interface Fault {
  readonly when: (request: Recorded) => boolean
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** `before`: the connection breaks before anything happens; `after`: the request counts, its answer is lost. */
  readonly cut?: "before" | "after" | "body"
  /** Nothing is ever answered. */
  readonly hang?: boolean
  /** The request counts, and this is answered. */
  readonly counts?: boolean
  times?: number
}

export interface Cloud {
  readonly url: string
  readonly world: World
  readonly requests: Array<Recorded>
  readonly faults: Array<Fault>
  /** Headers of every answer. */
  headers: Readonly<Record<string, string>>
  /** Nobody new is let in; who is there is answered. */
  readonly deafen: () => void
  readonly close: () => Promise<void>
}

/** The one secret there is; it may be in one header, and nowhere else. */
export const token = "dop_v1_canary0123456789abcdef"

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  let text = ""
  for await (const chunk of request) text += String(chunk)
  return text === "" ? undefined : JSON.parse(text)
}

const write = (response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>>) => {
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body)
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(text)
}

const takeFault = (faults: Array<Fault>, request: Recorded): Fault | undefined => {
  const found = faults.find(({ times = 1, when }) => times > 0 && when(request))
  if (found !== undefined) found.times = (found.times ?? 1) - 1
  return found
}

const handle = async (cloud: Cloud, incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(incoming.url ?? "/", "http://localhost")
  const request: Recorded = {
    method: incoming.method ?? "",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body: await bodyOf(incoming),
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
  }
  cloud.requests.push(request)
  const fault = takeFault(cloud.faults, request)
  if (fault?.hang === true) return
  if (fault?.cut === "before") return void incoming.socket.destroy()
  if (request.headers["authorization"] !== `Bearer ${token}` && fault === undefined) {
    return write(response, 401, { id: "unauthorized", message: "Unable to authenticate you." }, cloud.headers)
  }
  const counts = fault === undefined || fault.counts === true || fault.cut === "after" || fault.cut === "body"
  const honest = counts ? answer(cloud.world, request) : { status: 200 }
  if (fault?.cut === "after") return void incoming.socket.destroy()
  if (fault?.cut === "body") {
    const text = JSON.stringify(honest.body)
    response.writeHead(honest.status, { "content-type": "application/json", "content-length": String(text.length) })
    response.write(text.slice(0, text.length / 2), () => incoming.socket.destroy())
    return
  }
  write(
    response,
    fault?.status ?? honest.status,
    fault !== undefined && fault.body !== undefined ? fault.body : fault?.status === undefined ? honest.body : "",
    { ...cloud.headers, ...fault?.headers }
  )
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : 0)
    })
  })

const open = async (
  make: (listener: (request: IncomingMessage, response: ServerResponse) => void) => Server,
  scheme: string
) => {
  const requests: Array<Recorded> = []
  const faults: Array<Fault> = []
  const world = newWorld()
  let cloud: Cloud | undefined
  const server = make((request, response) => {
    if (cloud !== undefined) void handle(cloud, request, response)
  })
  const port = await listen(server)
  const close = () =>
    new Promise<void>((resolve) => {
      // Also where nobody is let in any more.
      server.close(() => resolve())
      server.closeAllConnections()
    })
  cloud = {
    url: `${scheme}://127.0.0.1:${port}`,
    world,
    requests,
    faults,
    headers: {},
    deafen: () => void server.close(),
    close
  }
  return cloud
}

/** A cloud on this computer. */
export const serve = (): Promise<Cloud> => open((listener) => createServer(listener), "http")

/** The same behind TLS. */
export const serveSecurely = (options: ServerOptions): Promise<Cloud> =>
  open((listener) => createSecureServer(options, listener), "https")
