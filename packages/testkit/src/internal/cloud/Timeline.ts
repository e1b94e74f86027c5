interface Entry<A> {
  readonly at: number
  readonly value: A | undefined
}

/** What a thing is from when on, past and planned; nothing before it began and after it is gone. */
export class Timeline<A> {
  readonly #entries: Array<Entry<A>> = []

  constructor(at: number, value: A) {
    this.#entries.push({ at, value })
  }

  at(time: number): A | undefined {
    for (let index = this.#entries.length - 1; index >= 0; index--) {
      const entry = this.#entries[index]
      if (entry !== undefined && entry.at <= time) return entry.value
    }
    return undefined
  }

  /** What was planned for later does not come to pass. */
  set(at: number, value: A | undefined): void {
    while ((this.#entries.at(-1)?.at ?? -1) >= at) this.#entries.pop()
    this.#entries.push({ at, value })
  }

  /** Changes what is and what is planned. */
  map(at: number, change: (value: A) => A): void {
    const now = this.at(at)
    const planned = this.#entries.filter((entry) => entry.at > at)
    if (now !== undefined) this.set(at, change(now))
    for (const { at: later, value } of planned) {
      this.#entries.push({ at: later, value: value === undefined ? undefined : change(value) })
    }
  }

  /** Whether nothing will ever be seen of it from then on. */
  isOver(time: number): boolean {
    const last = this.#entries.at(-1)
    return last !== undefined && last.value === undefined && last.at <= time
  }
}
