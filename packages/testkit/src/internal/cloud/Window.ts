/** At most so many in any span of that length: each leaves the window when it is as old as the window is long. */
export class Window {
  readonly limit: number
  readonly #millis: number
  #times: Array<number> = []
  #first = 0

  constructor(limit: number, seconds: number) {
    this.limit = limit
    this.#millis = seconds * 1000
  }

  #forget(now: number): void {
    while (this.#first < this.#times.length && (this.#times[this.#first] ?? 0) + this.#millis <= now) this.#first++
    if (this.#first < 1024) return
    this.#times = this.#times.slice(this.#first)
    this.#first = 0
  }

  remaining(now: number): number {
    this.#forget(now)
    return this.limit - (this.#times.length - this.#first)
  }

  /** When the oldest one leaves it. */
  resetAt(now: number): number {
    this.#forget(now)
    return (this.#times[this.#first] ?? now) + this.#millis
  }

  add(now: number): void {
    this.#times.push(now)
  }
}
