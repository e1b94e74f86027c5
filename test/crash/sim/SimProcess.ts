/**
 * A process that can be killed and frozen at any point: what it has begun is then simply never gone on with.
 */
import type { ProcessIdentity } from "@runctl/runtime/Processes"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { MixedScheduler } from "effect/Scheduler"
import { clockAt, type VirtualTime } from "./VirtualTime.ts"

/** What befalls a process when it comes to a step. */
export type Fate = { readonly _tag: "Kill" } | { readonly _tag: "Freeze"; readonly millis: number }

/** Is told of every step before it is taken. */
export type Trace = (line: string) => void

export class SimProcess {
  readonly identity: ProcessIdentity
  readonly clock: Clock.Clock
  /** The steps it has come to, first to last. */
  readonly steps: Array<string> = []
  /** What a kill takes with it, because it was not on disk yet. */
  onKill: () => void = () => {}
  /** A step at which it is killed besides. */
  killAt: string | undefined
  isAlive = true
  isDone = false
  readonly #time: VirtualTime
  readonly #scheduler: MixedScheduler
  readonly #fates: ReadonlyMap<number, Fate>
  #isFrozen = false
  #held: Array<() => void> = []

  readonly #trace: Trace

  constructor(time: VirtualTime, pid: number, fates: ReadonlyMap<number, Fate>, trace: Trace = () => {}) {
    this.#time = time
    this.#trace = trace
    this.#fates = fates
    this.identity = { pid, startTime: String(pid), bootId: "boot", host: "here" }
    this.#scheduler = new MixedScheduler("async", (task) => {
      let isWanted = true
      time.soon(() => this.#deliver(() => isWanted && task()))
      return () => {
        isWanted = false
      }
    })
    this.clock = clockAt(
      () => time.now,
      (duration) =>
        Effect.callback<void>((resume) => {
          const cancel = time.at(time.now + Duration.toMillis(duration), () => this.#deliver(() => resume(Effect.void)))
          return Effect.sync(cancel)
        })
    )
  }

  /** Runs its program; what it fails with is what a command would print before it leaves. */
  start(program: Effect.Effect<unknown, unknown>): void {
    const whole = Effect.exit(program).pipe(
      Effect.andThen(
        Effect.sync(() => {
          this.isDone = true
          this.isAlive = false
        })
      ),
      Effect.provideService(Clock.Clock, this.clock)
    )
    Effect.runFork(whole, { scheduler: this.#scheduler })
  }

  kill(): void {
    if (this.isAlive) this.onKill()
    this.isAlive = false
    this.#held = []
  }

  /** A step of the program: what was planned for it happens here. */
  step(name: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const planned = this.#fates.get(this.steps.push(name) - 1)
      const fate: Fate | undefined = name === this.killAt ? { _tag: "Kill" } : planned
      this.#trace(`process ${this.identity.pid}: ${name}${fate === undefined ? "" : ` (${fate._tag})`}`)
      if (fate === undefined) return Effect.void
      if (fate._tag === "Kill") return Effect.callback<never>(() => this.kill())
      return Effect.callback<void>((resume) => {
        this.#isFrozen = true
        this.#time.at(this.#time.now + fate.millis, () => this.#thaw())
        this.#deliver(() => resume(Effect.void))
      })
    })
  }

  #thaw(): void {
    this.#isFrozen = false
    const held = this.#held
    this.#held = []
    for (const task of held) this.#time.soon(() => this.#deliver(task))
  }

  #deliver(task: () => void): void {
    if (!this.isAlive) return
    if (this.#isFrozen) this.#held.push(task)
    else task()
  }
}
