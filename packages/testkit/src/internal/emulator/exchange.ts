import type { IncomingMessage, ServerResponse } from "node:http"
import type { Answer } from "../cloud/http.ts"

/** What a client has sent. */
export interface Incoming {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly values: Readonly<Record<string, ReadonlyArray<string>>>
  /** Names that came more than once. */
  readonly repeated: ReadonlyArray<string>
  readonly token: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly body: unknown
}

const parsed = (text: string): unknown => {
  if (text === "") return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const flat = (headers: IncomingMessage["headers"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []))
  )

export const receive = async (request: IncomingMessage): Promise<Incoming> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  const url = new URL(request.url ?? "/", "http://emulator")
  const text = Buffer.concat(chunks).toString("utf8")
  const names = [...url.searchParams.keys()]
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    values: Object.fromEntries(names.map((name) => [name, url.searchParams.getAll(name)])),
    repeated: names.filter((name, index) => names.indexOf(name) !== index),
    token: /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1],
    headers: flat(request.headers),
    text,
    body: parsed(text)
  }
}

const bytesOf = ({ body }: Answer): Buffer => {
  if (body === undefined) return Buffer.alloc(0)
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body))
}

/** The cloud's clock may differ from ours, and says so in every answer. */
const headersOf = (answer: Answer, length: number, now: number): Record<string, string> => ({
  ...(answer.body === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
  ...(answer.status === 204 ? {} : { "content-length": String(length) }),
  date: new Date(now).toUTCString(),
  ...answer.headers
})

/** The whole answer as bytes of HTTP, for what a server would not send. */
const raw = (answer: Answer, bytes: Buffer, now: number): Buffer => {
  const lines = Object.entries(headersOf(answer, bytes.length, now)).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${answer.status} Emulated\r\n${lines.join("")}\r\n`), bytes])
}

export const cut = (response: ServerResponse): void => {
  response.socket?.destroy()
}

/** Answers, in whole, in part or too often. */
export const send = (
  response: ServerResponse,
  answer: Answer,
  how: "whole" | "truncated" | "twice",
  now: number
): void => {
  const bytes = bytesOf(answer)
  if (how === "whole") {
    response.writeHead(answer.status, headersOf(answer, bytes.length, now))
    response.end(bytes)
    return
  }
  const socket = response.socket
  const all = raw(answer, bytes, now)
  if (how === "twice") socket?.end(Buffer.concat([all, all]))
  else socket?.write(all.subarray(0, all.length - Math.max(1, Math.ceil(bytes.length / 2))), () => socket.destroy())
}
