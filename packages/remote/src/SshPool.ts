/**
 * One connection per machine, shared by everybody in this process: kept while it is used and a minute longer, made anew
 * when it was cut. A machine that allows fewer sessions per connection than are wanted gets another connection.
 *
 * @since 0.1.0
 */
import { Unreachable, ShellError } from "@runctl/core/Shell"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as RcMap from "effect/RcMap"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { HostKeyPolicy, Passphrases, Ssh, type SshTarget } from "./Ssh.ts"
import * as SshShell from "./SshShell.ts"
import { type ChannelRefused, type SshLink, SshTransport } from "./SshTransport.ts"

/** How long a connection stays open after its last use. */
const idle = Duration.minutes(1)

/** More connections to one machine than this are never made. */
const mostLinks = 8

/** How often a machine may refuse even one session. */
const mostRefusals = 20

/** A connection, how many channels are open over it, and how many it is known to allow. */
interface Line {
  readonly link: SshLink
  readonly scope: Scope.Closeable
  channels: number
  allowed: number
}

const hasRoom = ({ channels, allowed, link }: Line): boolean => !link.isLost() && channels < allowed

/** All connections to one machine. */
const makeLines = Effect.fnUntraced(function* (
  connect: Effect.Effect<SshLink, ShellError, Scope.Scope>
): Effect.fn.Return<
  {
    readonly use: <A>(
      open: (link: SshLink) => Effect.Effect<A, ShellError | ChannelRefused, Scope.Scope>
    ) => Effect.Effect<A, ShellError, Scope.Scope>
    readonly connected: Effect.Effect<void, ShellError>
  },
  never,
  Scope.Scope
> {
  let lines: ReadonlyArray<Line> = []
  const connecting = Semaphore.makeUnsafe(1)
  const lifetime = yield* Effect.scope
  yield* Effect.addFinalizer(() =>
    Effect.forEach(lines, ({ scope }) => Scope.close(scope, Exit.void), { discard: true, concurrency: "unbounded" })
  )

  const dropLost = Effect.suspend(() => {
    const lost = lines.filter(({ link }) => link.isLost())
    lines = lines.filter(({ link }) => !link.isLost())
    return Effect.forEach(lost, ({ scope }) => Scope.close(scope, Exit.void), { discard: true })
  })

  /** A connection with room; whoever waits for one to be made may find it made by another. */
  const line: Effect.Effect<Line | undefined, ShellError> = Effect.suspend(() => {
    const free = lines.find(hasRoom)
    if (free !== undefined) return Effect.succeed(free)
    return Effect.gen(function* () {
      yield* dropLost
      const made = lines.find(hasRoom)
      if (made !== undefined) return made
      if (lines.length >= mostLinks) return undefined
      const scope = yield* Scope.fork(lifetime)
      const link = yield* Effect.onExit(Scope.provide(connect, scope), (exit) =>
        Exit.isSuccess(exit) ? Effect.void : Scope.close(scope, exit)
      )
      const added: Line = { link, scope, channels: 0, allowed: Infinity }
      lines = [...lines, added]
      return added
    }).pipe(Semaphore.withPermits(connecting, 1))
  })

  const use = <A>(
    open: (link: SshLink) => Effect.Effect<A, ShellError | ChannelRefused, Scope.Scope>
  ): Effect.Effect<A, ShellError, Scope.Scope> =>
    Effect.gen(function* () {
      let refusals = 0
      while (true) {
        const taken = yield* line
        if (taken === undefined) {
          yield* Effect.sleep("50 millis")
          continue
        }
        const scope = yield* Scope.fork(yield* Effect.scope)
        // Given back with the channel, not before: what is open counts.
        yield* Scope.provide(counted(taken), scope)
        const opened = yield* Effect.exit(Scope.provide(open(taken.link), scope))
        if (Exit.isSuccess(opened)) return opened.value
        yield* Scope.close(scope, opened)
        const refusal = Exit.findErrorOption(opened)
        if (refusal._tag === "Some" && refusal.value._tag === "ChannelRefused") {
          if (taken.channels > 0) taken.allowed = Math.min(taken.allowed, taken.channels)
          else if (++refusals > mostRefusals) return yield* noChannel(refusal.value)
          // A session that we have just closed may still count there.
          else yield* Effect.sleep("100 millis")
          continue
        }
        return yield* Effect.failCause(opened.cause).pipe(Effect.catchTag("ChannelRefused", noChannel))
      }
    })

  return { use, connected: Effect.asVoid(line) }
})

const counted = (line: Line) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      line.channels += 1
    }),
    () =>
      Effect.sync(() => {
        line.channels -= 1
      })
  )

/** Not even one channel. */
const noChannel = ({ message }: ChannelRefused): Effect.Effect<never, ShellError> =>
  Effect.fail(
    new ShellError({
      operation: "open",
      reason: new Unreachable({ message: `the machine opens no session: ${message}` })
    })
  )

/** Whoever does not verify a key does not share a connection with those who do. */
interface Destination {
  readonly target: SshTarget
  readonly policy: HostKeyPolicy
}

/**
 * Ways to machines over shared connections.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Ssh, never, SshTransport> = Layer.effect(
  Ssh,
  Effect.gen(function* () {
    const transport = yield* SshTransport
    const passphrases = yield* Passphrases
    const connect: SshTransport["Service"]["connect"] = (target) =>
      Effect.provideService(transport.connect(target), Passphrases, passphrases)
    const destinations = new Map<string, Destination>()
    const machines = yield* RcMap.make({
      lookup: (key: string) => {
        const destination = destinations.get(key)
        return destination === undefined
          ? Effect.die(new Error("no such destination"))
          : makeLines(connecting(connect, destination))
      },
      idleTimeToLive: idle
    })

    return Ssh.of({
      resolve: transport.resolve,
      open: Effect.fn("Ssh.open")(function* (endpoint) {
        const target = yield* transport.resolve(endpoint)
        const destination = { target, policy: yield* HostKeyPolicy }
        const key = JSON.stringify(destination)
        destinations.set(key, destination)
        const lines = yield* RcMap.get(machines, key)
        yield* lines.connected
        const surroundings = { directory: endpoint.directory, environment: endpoint.environment ?? {} }
        const open: SshShell.OpenChannel = (options) => lines.use((link) => link.open(options))
        return {
          target,
          shell: SshShell.make(open, surroundings),
          terminal: (session) => SshShell.terminal(open, surroundings, session),
          dial: (host, port) => lines.use((link) => link.dial(host, port))
        }
      })
    })
  })
)

/** A machine that drops a connection before the login may be busy with others: it is asked again. */
const connecting = (connect: SshTransport["Service"]["connect"], { policy, target }: Destination) =>
  Effect.retry(Effect.provideService(connect(target), HostKeyPolicy, policy), {
    schedule: Schedule.jittered(Schedule.exponential("200 millis", 2)),
    times: 3,
    while: (error) => error.reason._tag === "Unreachable" && error.reason.message.includes(dropped)
  })

/** What a transport says of a connection that was closed before anybody could log in. @category constants @since 0.1.0 */
export const dropped = "closed the connection before the login"
