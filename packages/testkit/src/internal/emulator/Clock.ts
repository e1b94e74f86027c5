/** Where emulated time begins and how fast it goes; 0 stands still until it is advanced. */
export interface ClockOptions {
  readonly startMillis?: number
  readonly scale?: number
}

interface Sleeper {
  readonly until: number
  readonly wake: () => void
  timer: NodeJS.Timeout | undefined
}

const longest = 2 ** 31 - 1

/** The emulated time. */
export class Clock {
  readonly #scale: number
  readonly #began: number = Date.now()
  readonly #start: number
  readonly #sleepers = new Set<Sleeper>()
  #offset = 0
  #isStopped = false

  constructor({ scale = 1, startMillis = Date.now() }: ClockOptions = {}) {
    this.#scale = scale
    this.#start = startMillis
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Math.floor(this.#start + this.#offset + (Date.now() - this.#began) * this.#scale)
  }

  /** Everything that was due in these seconds happens. */
  advance(seconds: number): void {
    this.#offset += seconds * 1000
    for (const sleeper of this.#sleepers) this.#arm(sleeper)
  }

  /** Keeps its promise when so many emulated seconds have gone, or when the clock is stopped. */
  sleep(seconds: number): Promise<void> {
    if (seconds <= 0 || this.#isStopped) return Promise.resolve()
    return new Promise((resolve) => {
      const sleeper: Sleeper = { until: this.now() + seconds * 1000, wake: resolve, timer: undefined }
      this.#sleepers.add(sleeper)
      this.#arm(sleeper)
    })
  }

  /** Nobody sleeps any more. */
  stop(): void {
    this.#isStopped = true
    for (const sleeper of this.#sleepers) this.#wake(sleeper)
  }

  #arm(sleeper: Sleeper): void {
    clearTimeout(sleeper.timer)
    const left = sleeper.until - this.now()
    if (left <= 0) this.#wake(sleeper)
    else if (this.#scale > 0) {
      sleeper.timer = setTimeout(() => this.#arm(sleeper), Math.min(longest, Math.ceil(left / this.#scale)))
    }
  }

  #wake(sleeper: Sleeper): void {
    clearTimeout(sleeper.timer)
    this.#sleepers.delete(sleeper)
    sleeper.wake()
  }
}
