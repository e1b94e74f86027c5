/** A request and what became of it. Times are milliseconds of the emulated clock. */
export interface Recorded {
  readonly number: number
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
  /** Of the account whose token it had. */
  readonly account: string | undefined
  readonly receivedAt: number
  /** When it had its effect: never, once, or more often. */
  readonly effectsAt: ReadonlyArray<number>
  readonly endedAt: number | undefined
  /** Of the answer that was sent, in whole or in part. */
  readonly status: number | undefined
  readonly fate: "pending" | "answered" | "lost" | "truncated" | "twice"
}

/** The same while it is being written. */
export interface Recording extends Recorded {
  readonly effectsAt: Array<number>
  endedAt: number | undefined
  status: number | undefined
  fate: Recorded["fate"]
}
