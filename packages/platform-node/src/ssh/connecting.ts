/**
 * Connects to a target: the way there, the host's key, the login.
 *
 * @since 0.1.0
 */
import { Refused, ShellError, Unreachable } from "@runctl/core/Shell"
import { HostKeyPolicy, Passphrases, type SshTarget } from "@runctl/remote/Ssh"
import { dropped } from "@runctl/remote/SshPool"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { createConnection } from "node:net"
import type { Duplex } from "node:stream"
import * as HostKeys from "./hostKeys.ts"
import { identitiesFor } from "./identities.ts"
import * as Link from "./link.ts"
import { loggedIn } from "./login.ts"
import { type ProxyProgram, through } from "./proxyCommand.ts"
import { sendTogether } from "./swiftly.ts"

const failed = (reason: Refused | Unreachable): ShellError => new ShellError({ operation: "open", reason })
const refused = (message: string): ShellError => failed(new Refused({ message }))
const unreachable = (message: string): ShellError => failed(new Unreachable({ message }))

const nameOf = ({ host, port, user }: SshTarget): string => `${user}@${host}${port === 22 ? "" : `:${port}`}`

/** A TCP connection without Nagle's delay, which would make every small answer wait. */
const connected = ({ connectSeconds, host, port }: SshTarget): Effect.Effect<Duplex, ShellError> =>
  Effect.callback((resume) => {
    const socket = createConnection({ host, port, noDelay: true })
    const name = port === 22 ? host : `${host}:${port}`
    const words: Readonly<Record<string, string>> = {
      ECONNREFUSED: `${name} refuses connections: nothing listens there (yet)`,
      ECONNRESET: `${name} ${dropped}`,
      EPIPE: `${name} ${dropped}`,
      ENOTFOUND: `there is no host ${host}: the name is not known`,
      EAI_AGAIN: `the name ${host} cannot be looked up now`,
      EHOSTUNREACH: `there is no way to ${name}`,
      ENETUNREACH: `there is no network to ${name}`
    }
    const fail = (message: string): void => {
      socket.destroy()
      resume(Effect.fail(unreachable(message)))
    }
    socket.once("error", (error: NodeJS.ErrnoException) =>
      fail(words[error.code ?? ""] ?? `${name} cannot be reached: ${error.message}`)
    )
    socket.setTimeout(connectSeconds * 1000, () => fail(`${name} did not answer within ${connectSeconds} s`))
    socket.once("connect", () => {
      socket.setTimeout(0)
      socket.removeAllListeners("error")
      // Until somebody listens for more than its end.
      socket.on("error", () => {})
      sendTogether(socket)
      resume(Effect.succeed(socket))
    })
    return Effect.sync(() => socket.destroy())
  })

const silent = (socket: Duplex): ProxyProgram => ({ socket, said: Effect.succeed("") })

/** The way to the target's own port: directly, through a program, or through the last host to jump through. */
const wayTo = (
  target: SshTarget,
  connect: (hop: SshTarget) => Effect.Effect<Link.NodeLink, ShellError, Scope.Scope>
): Effect.Effect<ProxyProgram, ShellError, Scope.Scope> => {
  const last = target.jump.at(-1)
  if (last === undefined) {
    const { proxyCommand } = target
    return Effect.acquireRelease(
      proxyCommand === undefined ? Effect.map(connected(target), silent) : Effect.sync(() => through(proxyCommand)),
      ({ socket }) => Effect.sync(() => socket.destroy()),
      { interruptible: true }
    )
  }
  return connect({ ...last, jump: target.jump.slice(0, -1) }).pipe(
    Effect.flatMap((link) => Effect.map(link.tunnel(target.host, target.port), silent)),
    Effect.mapError((error) =>
      error._tag === "ChannelRefused"
        ? (error.isProhibited ? refused : unreachable)(
            `${nameOf(last)} does not lead on to ${target.host}:${target.port}: ${error.message}`
          )
        : new ShellError({
            operation: "open",
            reason:
              error.reason._tag === "Refused"
                ? new Refused({ message: `on the way through ${nameOf(last)}: ${error.reason.message}` })
                : new Unreachable({ message: `on the way through ${nameOf(last)}: ${error.reason.message}` })
          })
    )
  )
}

const askWith =
  (ask: Passphrases["ask"], run: <A>(effect: Effect.Effect<A>) => Promise<A>) =>
  async (file: string, isAgain: boolean): Promise<string | undefined> => {
    const passphrase = await run(ask(file, isAgain))
    return passphrase === undefined ? undefined : Redacted.value(passphrase)
  }

/**
 * Connects, and again without the keys that were shown when the machine takes only so many at a time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const connect = (target: SshTarget): Effect.Effect<Link.NodeLink, ShellError, Scope.Scope> =>
  Effect.gen(function* () {
    const policy = yield* HostKeyPolicy
    const { ask } = yield* Passphrases
    const run = Effect.runPromiseWith(yield* Effect.context())
    const identities = yield* Effect.tryPromise({
      try: () => identitiesFor(target, askWith(ask, run)),
      catch: (error) => refused(error instanceof Error ? error.message : String(error))
    })
    let skip = 0
    while (true) {
      const keys = yield* Effect.try({
        try: () => HostKeys.forTarget(target, policy),
        catch: (error) => refused(`known hosts cannot be read: ${String(error)}`)
      })
      const { said, socket } = yield* wayTo(target, connect)
      const shown = { ...identities, candidates: identities.candidates.slice(skip) }
      const outcome = yield* Effect.catch(loggedIn(socket, target, keys, shown), (error) =>
        Effect.flatMap(said, (words) =>
          Effect.fail(words === "" ? error : unreachable(`${target.proxyCommand ?? ""}: ${words}`))
        )
      )
      if (outcome._tag === "CutOff") {
        skip += outcome.shown
        continue
      }
      const { client, fate } = outcome
      yield* Effect.addFinalizer(() => Effect.sync(() => client.end()))
      return Link.make(client, fate)
    }
  })
