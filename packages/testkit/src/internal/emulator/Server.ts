import { once } from "node:events"
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import type { CloudCore } from "../cloud/CloudCore.ts"
import type { Plan } from "../cloud/Faults.ts"
import type { Answer, Violation } from "../cloud/http.ts"
import type { Clock } from "./Clock.ts"
import { cut, type Incoming, receive, send } from "./exchange.ts"
import type { Holds } from "./Holds.ts"
import type { Recorded, Recording } from "./record.ts"

/** Says what is not allowed about a request or its answer, beyond the project's own schemas. */
export interface Judge {
  readonly request: (request: Incoming) => ReadonlyArray<string>
  readonly answer: (request: Incoming, answer: Answer) => ReadonlyArray<string>
}

export interface ServerOptions {
  readonly core: CloudCore
  readonly clock: Clock
  readonly holds: Holds
  readonly judge: Judge | undefined
  readonly refusesViolations: boolean
  /** Real milliseconds that every answer takes longer. */
  readonly latencyMillis: number
  /** What is not of the cloud: a page for people. */
  readonly page: (path: string) => Answer | undefined
}

const lost = Symbol("lost")

/** The thin shell of HTTP around a cloud: what goes wrong on the way, and what is written down. */
export class Server {
  readonly requests: Array<Recorded> = []
  readonly #options: ServerOptions
  readonly #http: HttpServer
  readonly #busy = new Set<Promise<void>>()

  constructor(options: ServerOptions) {
    this.#options = options
    // A connection that ends while a client begins to use it would be a fault that nobody asked for.
    this.#http = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
      const serving = this.#serve(request, response).catch((error: unknown) => {
        this.#violation("answer", { method: request.method ?? "", path: request.url ?? "" }, "schema", String(error))
        cut(response)
      })
      this.#busy.add(serving)
      void serving.then(() => this.#busy.delete(serving))
    })
  }

  /** The port it listens at. */
  async listen(port: number): Promise<number> {
    this.#http.listen(port, "127.0.0.1")
    await once(this.#http, "listening")
    const address: AddressInfo | string | null = this.#http.address()
    return typeof address === "object" && address !== null ? address.port : port
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections()
    if (this.#http.listening) await new Promise((resolve) => this.#http.close(resolve))
    await Promise.all(this.#busy)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const incoming = await receive(request)
    const page = this.#options.page(incoming.path)
    if (page !== undefined) return send(response, page, "whole", this.#options.clock.now())
    const recording = this.#record(incoming)
    const plan = this.#options.core.plan(incoming)
    if (plan.reply === "lostAtOnce") cut(response)
    const answer = await this.#answer(incoming, plan, recording)
    recording.endedAt = this.#options.clock.now()
    if (answer === lost || plan.reply === "lost" || plan.reply === "lostAtOnce") {
      recording.fate = "lost"
      return cut(response)
    }
    recording.status = answer.status
    recording.fate = plan.reply === "whole" ? "answered" : plan.reply
    send(response, answer, plan.reply, recording.endedAt)
  }

  #record(incoming: Incoming): Recording {
    const { body, method, path, query } = incoming
    const account = this.#options.core.accountOf(incoming)
    const recording: Recording = {
      number: this.requests.length + 1,
      method,
      path,
      query,
      body,
      account,
      receivedAt: this.#options.clock.now(),
      effectsAt: [],
      endedAt: undefined,
      status: undefined,
      fate: "pending"
    }
    this.requests.push(recording)
    return recording
  }

  async #answer(incoming: Incoming, plan: Plan, recording: Recording): Promise<Answer | typeof lost> {
    const { clock, core, holds, latencyMillis } = this.#options
    const complaint = this.#judge(incoming)
    if (complaint !== undefined && this.#options.refusesViolations) return core.refused(complaint)
    const before = await holds.pass("beforeEffect", recording)
    if (before !== "go") return before === "drop" ? lost : before
    await clock.sleep(plan.effectAfter)
    const answers = Array.from({ length: plan.effects }, () => this.#effect(incoming, recording))
    const [first, second] = answers
    const answer = plan.answer ?? (plan.answerOf === "second" ? (second ?? first) : first)
    const after = await holds.pass("beforeReply", recording)
    if (after !== "go") return after === "drop" ? lost : after
    if (latencyMillis > 0) await sleep(latencyMillis)
    await clock.sleep(plan.replyAfter)
    return answer ?? lost
  }

  #effect(incoming: Incoming, recording: Recording): Answer {
    const { clock, core, judge } = this.#options
    const now = clock.now()
    recording.effectsAt.push(now)
    const answer = core.handle(incoming, now)
    const own = core.complaint(incoming, answer)
    if (own !== undefined) this.#violation("answer", incoming, "schema", own)
    for (const complaint of judge?.answer(incoming, answer) ?? []) {
      this.#violation("answer", incoming, "openapi", complaint)
    }
    return answer
  }

  #judge(incoming: Incoming): string | undefined {
    const { contentType = /^application\/json\b/, repeatable = [] } = this.#options.core
    const complaints = this.#options.judge?.request(incoming) ?? []
    for (const complaint of complaints) this.#violation("request", incoming, "openapi", complaint)
    const own = [
      ...incoming.repeated.flatMap((name) => (repeatable.includes(name) ? [] : [`query: ${name} came more than once`])),
      ...(incoming.text !== "" && !contentType.test(incoming.headers["content-type"] ?? "")
        ? [`body: its content-type is not ${contentType.source.replaceAll(/\\b|[\\^]/g, "")}`]
        : [])
    ]
    for (const complaint of own) this.#violation("request", incoming, "schema", complaint)
    return [...complaints, ...own][0]
  }

  #violation(
    of: Violation["of"],
    { method, path }: Pick<Incoming, "method" | "path">,
    by: Violation["by"],
    message: string
  ): void {
    this.#options.core.violated({ of, by, method, path, message })
  }
}
