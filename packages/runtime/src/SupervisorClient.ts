/**
 * How other processes see the supervisor: whether it lives, how to start it, how to hand it secrets.
 *
 * @since 0.1.0
 */
import type { RunId } from "@runctl/core/Run"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Handover } from "./Handover.ts"
import { Home } from "./Home.ts"
import { Journal } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"
import { Processes } from "./Processes.ts"
import { type Handed, toMessage } from "./Secrets.ts"
import { SshAccess } from "./SshAccess.ts"
import { leaseName, socketOf } from "./Supervisor.ts"
import { SupervisorUnavailable } from "./RuntimeError.ts"

/**
 * How the supervisor's program is started on this platform.
 *
 * @category services
 * @since 0.1.0
 */
export class SupervisorProgram extends Context.Service<
  SupervisorProgram,
  {
    readonly command: string
    readonly args: ReadonlyArray<string>
    readonly environment: Readonly<Record<string, string>>
    /** Which build it is: a supervisor of another one is replaced. */
    readonly version: string
  }
>()("@runctl/runtime/SupervisorClient/SupervisorProgram") {}

/**
 * `frozen`: its process exists and has not renewed its lease in time.
 *
 * @category models
 * @since 0.1.0
 */
export interface SupervisorStatus {
  readonly state: "running" | "frozen" | "none"
  readonly pid: number | undefined
}

/** The lease of whoever starts a supervisor. */
const startingName = "supervisor/starting"

/** How long a new supervisor may take to answer. */
const startsWithin = Duration.seconds(15)

/**
 * The supervisor, seen from outside.
 *
 * @category services
 * @since 0.1.0
 */
export class SupervisorClient extends Context.Service<
  SupervisorClient,
  {
    readonly status: Effect.Effect<SupervisorStatus, JournalError>
    /** Starts one in a session of its own when none lives, and returns once it answers. */
    readonly ensure: Effect.Effect<void, SupervisorUnavailable | JournalError>
    /**
     * Starts one when none lives, or the one that does is frozen, and does not wait for its answer. Says whether it did.
     */
    readonly wake: Effect.Effect<"running" | "started", SupervisorUnavailable | JournalError>
    /** Hands over a run's secrets in memory, and what opens the user's own machines. */
    readonly hand: (run: RunId, handed: Handed) => Effect.Effect<void, SupervisorUnavailable | JournalError>
  }
>()("@runctl/runtime/SupervisorClient") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<
    SupervisorClient,
    never,
    Journal | Processes | Handover | Home | SupervisorProgram | SshAccess
  > = Layer.effect(
    SupervisorClient,
    Effect.gen(function* () {
      const journal = yield* Journal
      const processes = yield* Processes
      const handover = yield* Handover
      const home = yield* Home
      const program = yield* SupervisorProgram
      const access = yield* SshAccess

      const status = Effect.gen(function* () {
        const holder = yield* journal.holder(leaseName)
        if (holder === undefined || !holder.alive) return { state: "none" as const, pid: undefined }
        return { state: holder.expired ? ("frozen" as const) : ("running" as const), pid: holder.pid }
      })

      const unavailable = (message: string) =>
        new SupervisorUnavailable({ message: `${message}. Its log is ${home.supervisorLog}` })

      const say = Effect.fnUntraced(function* (message: string) {
        const holder = yield* journal.holder(leaseName)
        if (holder === undefined) return yield* unavailable("no supervisor is there")
        return yield* handover
          .send(socketOf(home.root, holder.token), message)
          .pipe(Effect.mapError((error) => unavailable(`the supervisor does not answer: ${error.message}`)))
      })

      const spawn = processes
        .spawnDetached({
          command: program.command,
          args: program.args,
          environment: program.environment,
          cwd: home.root,
          logFile: home.supervisorLog
        })
        .pipe(Effect.mapError(({ message }) => unavailable(`the supervisor could not be started: ${message}`)))

      /** By one client at a time; one that cannot write the journal learns why, as its supervisor could not either. */
      const spawnAlone = Effect.acquireUseRelease(
        Effect.flatMap(processes.self, (holder) => journal.lease(startingName, { holder, ttl: startsWithin })),
        () => spawn,
        (lease) => Effect.ignore(journal.release(lease))
      ).pipe(Effect.catchReason("JournalError", "Held", () => Effect.succeed(undefined)))

      const lives = (pid: number) =>
        Effect.flatMap(processes.self, (self) => processes.isAlive({ ...self, pid, startTime: "" }))

      /** Whichever supervisor dies while it is waited for, another is started; one of another build is asked to leave. */
      const answering = Effect.gen(function* () {
        let child: number | undefined
        while (true) {
          const version = yield* Effect.option(say("ping"))
          if (Option.isSome(version) && version.value === program.version) return
          if (Option.isSome(version)) yield* Effect.ignore(say("retire"))
          const isComing = (yield* status).state === "running" || (child !== undefined && (yield* lives(child)))
          if (!isComing) child = yield* spawnAlone
          yield* Effect.sleep("20 millis")
        }
      })

      return SupervisorClient.of({
        status,
        ensure: answering.pipe(
          Effect.timeoutOrElse({
            duration: startsWithin,
            orElse: () => Effect.fail(unavailable("the supervisor did not come up in time"))
          }),
          Effect.withSpan("SupervisorClient.ensure")
        ),
        wake: Effect.gen(function* () {
          if ((yield* status).state === "running") return "running" as const
          yield* spawnAlone
          return "started" as const
        }).pipe(Effect.withSpan("SupervisorClient.wake")),
        hand: Effect.fn("SupervisorClient.hand")(function* (run, handed) {
          const known = yield* access.known
          const isNothing = handed.secrets.size === 0 && handed.notify === undefined
          if (isNothing && known.passphrases.size === 0 && known.agent === undefined) return
          const answer = yield* say(toMessage(run, handed, known))
          if (answer !== "ok") return yield* unavailable(`the supervisor did not take the secrets: ${answer}`)
        })
      })
    })
  )
}
