/**
 * Shakes hands over a socket, verifies the host's key, and logs in with one key after another.
 *
 * @since 0.1.0
 */
import { Refused, ShellError, Unreachable } from "@runctl/core/Shell"
import { dropped } from "@runctl/remote/SshPool"
import type { SshTarget } from "@runctl/remote/Ssh"
import * as Effect from "effect/Effect"
import type { Duplex } from "node:stream"
import ssh2, { type AuthenticationType, type CipherAlgorithm, type Client } from "ssh2"
import type { forTarget, Trust } from "./hostKeys.ts"
import type { Candidate } from "./identities.ts"
import type { Fate } from "./link.ts"
import { hastenPackets } from "./swiftly.ts"

/** How a login ended: in, or cut off after so many keys, as machines do that take only a few. @category models @since 0.1.0 */
export type Outcome =
  | { readonly _tag: "In"; readonly client: Client; readonly fate: Fate; readonly trust: Trust }
  | { readonly _tag: "CutOff"; readonly shown: number }

/** Shows one key, and signs with it when the machine takes it. */
class OneKey extends ssh2.BaseAgent<string> {
  readonly #candidate: Candidate
  readonly #failed: (error: unknown) => void
  constructor(candidate: Candidate, failed: (error: unknown) => void) {
    super()
    this.#candidate = candidate
    this.#failed = failed
  }
  override getIdentities(done: (error: Error | undefined, keys?: Array<string>) => void): void {
    const { blob } = this.#candidate
    const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString()
    done(undefined, [`${type} ${blob.toString("base64")}`])
  }
  override sign(
    _key: string,
    data: Buffer,
    options: { readonly hash?: string } | ((error?: Error, signature?: Buffer) => void),
    done?: (error?: Error, signature?: Buffer) => void
  ): void {
    const answer = typeof options === "function" ? options : done
    this.#candidate.sign(data, typeof options === "function" ? undefined : options.hash).then(
      (signature) => answer?.(undefined, signature),
      (error: unknown) => {
        this.#failed(error)
        answer?.(error instanceof Error ? error : new Error(String(error)))
      }
    )
  }
}

/** The fastest in plain JavaScript come first; OpenSSH takes any of them. */
const ciphers = {
  prepend: ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"] satisfies Array<CipherAlgorithm>,
  append: [],
  remove: []
}

/** Seconds for the login: machines may look up names, and somebody may have to find a passphrase. */
const patience = { alone: 30, withPerson: 180 } as const

const refused = (message: string): ShellError => new ShellError({ operation: "open", reason: new Refused({ message }) })
const unreachable = (message: string): ShellError =>
  new ShellError({ operation: "open", reason: new Unreachable({ message }) })

const levelOf = (error: Error): string => ("level" in error ? String(error.level) : "")

/** What nobody but ssh2 says in these words is passed on as it is. */
const errorOf = (error: Error, name: string): ShellError => {
  if (/no matching/i.test(error.message)) {
    return refused(`${name} and runctl have no algorithm in common: ${error.message}`)
  }
  if (/before handshake|ECONNRESET|ECONNABORTED|EPIPE|socket hang up|Connection lost/i.test(error.message)) {
    return unreachable(`${name} ${dropped}`)
  }
  return unreachable(`${name}: ${error.message}`)
}

/** What a person can do about a login that failed. */
const notIn = (
  target: SshTarget,
  methods: ReadonlyArray<AuthenticationType> | undefined,
  shown: ReadonlyArray<string>,
  notes: ReadonlyArray<string>
): ShellError => {
  const login = `${target.user}@${target.host}`
  const takesKeys = methods === undefined || methods.includes("publickey")
  const what = takesKeys
    ? shown.length === 0
      ? "there is no key to show it"
      : `it takes none of these keys: ${shown.join(", ")}`
    : `it takes no keys, only ${methods.join(", ")}`
  return refused([`${login} does not let us in: ${what}`, ...notes].join("; "))
}

/**
 * Logs in.
 *
 * **Errors**  `Refused` for a wrong host key or a login that is not accepted; `Unreachable` when the connection gives
 * out before.
 *
 * @category constructors
 * @since 0.1.0
 */
export const loggedIn = (
  socket: Duplex,
  target: SshTarget,
  keys: ReturnType<typeof forTarget>,
  identities: { readonly candidates: ReadonlyArray<Candidate>; readonly notes: ReadonlyArray<string> }
): Effect.Effect<Outcome, ShellError> =>
  Effect.callback((resume) => {
    const name = target.port === 22 ? target.host : `${target.host}:${target.port}`
    const fate: Fate = { lost: undefined }
    const client = new ssh2.Client()
    const left = [...identities.candidates]
    const shown: Array<string> = []
    const notes = [...identities.notes]
    let methods: ReadonlyArray<AuthenticationType> | undefined
    let trust: Trust = "unverified"
    let denied: string | undefined
    let isOver = false
    const within = (seconds: number, what: string): NodeJS.Timeout =>
      setTimeout(() => give(unreachable(`${name} did not finish the ${what} within ${seconds} s`)), seconds * 1000)
    let timer = within(target.connectSeconds, "handshake")

    const end = (result: Effect.Effect<Outcome, ShellError>): void => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      resume(result)
    }
    const give = (error: ShellError): void => {
      end(Effect.fail(error))
      client.destroy()
    }
    socket.once("close", () => {
      fate.lost ??= `the connection to ${name} was cut`
    })
    client.on("error", (error) => {
      // A key that does not sign is noted, and the next one is shown.
      if (levelOf(error) === "agent") return
      fate.lost ??=
        levelOf(error) === "client-timeout" ? `${name} does not answer any more` : `${name}: ${error.message}`
      if (denied !== undefined) return give(refused(denied))
      if (levelOf(error) === "client-authentication") return give(notIn(target, methods, shown, notes))
      if (/too many authentication failures/i.test(error.message) && shown.length > 0) {
        client.destroy()
        return left.length > 0
          ? end(Effect.succeed({ _tag: "CutOff", shown: shown.length }))
          : give(notIn(target, methods, shown, [...notes, "it allows no more tries"]))
      }
      give(errorOf(error, name))
    })
    client.on("close", () => {
      fate.lost ??= `the connection to ${name} was cut`
      if (shown.length > 0 && left.length > 0) return end(Effect.succeed({ _tag: "CutOff", shown: shown.length }))
      give(denied === undefined ? unreachable(`${name} ${dropped}`) : refused(denied))
    })
    client.on("handshake", () => hastenPackets(client))
    client.once("handshake", () => {
      clearTimeout(timer)
      const mayAsk = identities.candidates.some(({ needsPassphrase }) => needsPassphrase)
      timer = within(mayAsk ? patience.withPerson : patience.alone, "login")
    })
    client.on("ready", () => end(Effect.succeed({ _tag: "In", client, fate, trust })))

    client.connect({
      sock: socket,
      username: target.user,
      readyTimeout: 0,
      keepaliveInterval: target.keepAliveSeconds * 1000,
      keepaliveCountMax: target.keepAliveCount,
      algorithms: { serverHostKey: [...keys.algorithms], cipher: ciphers },
      hostVerifier: (key: Buffer) => {
        const answer = keys.judge(key)
        if (!answer.accepted) denied = answer.why
        else trust = answer.trust
        return answer.accepted
      },
      authHandler: (methodsLeft, _partial, next) => {
        if (methodsLeft !== null && methodsLeft !== undefined) methods = methodsLeft
        const candidate = methods?.includes("publickey") === false ? undefined : left.shift()
        if (candidate !== undefined) {
          shown.push(candidate.name)
          const note = (error: unknown): void => void notes.push(error instanceof Error ? error.message : String(error))
          next({ type: "agent", username: target.user, agent: new OneKey(candidate, note) })
        } else if (methods === undefined) next("none")
        // Its types lack the `false` that ends it.
        else Reflect.apply(next, undefined, [false])
      }
    })
    return Effect.sync(() => {
      clearTimeout(timer)
      client.destroy()
    })
  })
