import type { Answer } from "../cloud/http.ts"
import type { Recorded } from "./record.ts"

/** The request that is to be stopped: the next one, or the nth from now on, of those that match. */
export interface HoldPoint {
  readonly method?: string
  readonly path?: RegExp
  readonly body?: (body: unknown) => boolean
  readonly point: "beforeEffect" | "beforeReply"
  readonly nth?: number
}

/** A request that is stopped, or will be. */
export interface Hold {
  /** Kept when the request is there, with all that came before it done. */
  readonly arrived: Promise<Recorded>
  /** It goes on as if nothing had been. */
  readonly release: () => void
  /** Its connection ends. */
  readonly drop: () => void
  /** It goes no further and is answered with this. */
  readonly answer: (answer: { readonly status: number; readonly body?: unknown }) => void
}

/** What a stopped request is to do. */
export type Verdict = "go" | "drop" | Answer

interface Waiting {
  readonly at: HoldPoint
  readonly arrive: (request: Recorded) => void
  readonly verdict: Promise<Verdict>
  readonly decide: (verdict: Verdict) => void
  seen: number
}

/** The places at which requests are stopped, each for one of them. */
export class Holds {
  #waiting: Array<Waiting> = []
  readonly #all = new Set<Waiting>()

  add(at: HoldPoint): Hold {
    const arrived = Promise.withResolvers<Recorded>()
    const verdict = Promise.withResolvers<Verdict>()
    const waiting = { at, arrive: arrived.resolve, verdict: verdict.promise, decide: verdict.resolve, seen: 0 }
    this.#waiting.push(waiting)
    this.#all.add(waiting)
    return {
      arrived: arrived.promise,
      release: () => verdict.resolve("go"),
      drop: () => verdict.resolve("drop"),
      answer: ({ body, status }) => verdict.resolve({ status, headers: {}, body })
    }
  }

  /** Waits where somebody wants it stopped. */
  async pass(point: HoldPoint["point"], request: Recorded): Promise<Verdict> {
    let stopped: Waiting | undefined
    for (const waiting of this.#waiting) {
      const { body, method = request.method, nth = 1, path, point: wanted } = waiting.at
      if (wanted !== point || method !== request.method || path?.test(request.path) === false) continue
      if (body?.(request.body) === false) continue
      waiting.seen++
      if (waiting.seen === nth) stopped ??= waiting
    }
    if (stopped === undefined) return "go"
    const taken = stopped
    this.#waiting = this.#waiting.filter((waiting) => waiting !== taken)
    taken.arrive(request)
    return taken.verdict
  }

  /** Everything that is stopped is dropped. */
  close(): void {
    for (const { decide } of this.#all) decide("drop")
  }
}
