/**
 * Claims on hosts: who uses one, and until when. They are kept on the host itself, for all of its users to see.
 *
 * @since 0.1.0
 */
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import type { Shell, ShellCommand, ShellError } from "@runctl/core/Shell"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Scripts from "./internal/claimScripts.ts"
import type { Host } from "./Inventory.ts"

const Seconds = Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 0, maximum: 9_999_999_999 }))

/**
 * What a claim says.
 *
 * **Details**
 * - `state`: `wanting` while it is being decided who gets the host.
 * - `user`: the host's user whose it is. `host`: what its owner calls the host.
 * - `machine`: whether the machine's folder is there; `-` where the claim is another user's. `directory`: that folder.
 *
 * **Units**  deadline, since, expiry: whole seconds since 1970-01-01 UTC; the latter two by the host's clock
 *
 * @category models
 * @since 0.1.0
 */
export const Claim = Schema.Struct({
  state: Schema.Literals(["held", "wanting"]),
  key: ResourceKey,
  owner: OwnerId,
  user: Schema.NonEmptyString,
  deadline: Seconds,
  since: Seconds,
  expiry: Seconds,
  host: Schema.NonEmptyString,
  machine: Schema.Literals(["here", "gone", "-"]),
  directory: Schema.String,
  label: Schema.String
})
export type Claim = typeof Claim.Type

/**
 * What a host says of itself. **Units**  seconds: its clock, since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export interface Survey {
  readonly base: string
  readonly seconds: number
  readonly claims: ReadonlyArray<Claim>
}

/** What came of wanting a host. @category models @since 0.1.0 */
export type Answer = { readonly _tag: "Held"; readonly claim: Claim } | { readonly _tag: "Busy"; readonly claim: Claim }

/** The host was reached and could not do it. @category errors @since 0.1.0 */
export class HostFailed extends Data.TaggedError("HostFailed")<{
  readonly message: string
  readonly exitCode: number
}> {}

/** The host said something else than it should. @category errors @since 0.1.0 */
export class HostBabbled extends Data.TaggedError("HostBabbled")<{ readonly message: string }> {}

/** The claim is another user's of the host. @category errors @since 0.1.0 */
export class NotYours extends Data.TaggedError("NotYours")<{ readonly message: string }> {}

type Failure = ShellError | HostFailed | HostBabbled

const decodeClaim = Schema.decodeUnknownEffect(Claim)

const names = Object.keys(Claim.fields)

const claimIn = (fields: ReadonlyArray<string>) =>
  decodeClaim(Object.fromEntries(names.map((name, index) => [name, fields[index]]))).pipe(
    Effect.mapError(({ message }) => new HostBabbled({ message: `a claim on the host cannot be read: ${message}` }))
  )

const claimsAfter = (word: string, lines: ReadonlyArray<ReadonlyArray<string>>) =>
  Effect.forEach(
    lines.filter(([first]) => first === word),
    ([, ...fields]) => claimIn(fields)
  )

const printable = (text: string, length: number): string =>
  text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").slice(0, length)

/** Runs a script; what it prints, line by line, in words. */
const run = (
  shell: Shell,
  command: ShellCommand
): Effect.Effect<ReadonlyArray<ReadonlyArray<string>>, ShellError | HostFailed> =>
  Effect.gen(function* () {
    const { exitCode, stderr, stdout } = yield* shell.exec(command)
    if (exitCode !== 0) {
      const said = printable(stderr.trim().slice(-500), 500)
      return yield* new HostFailed({ exitCode, message: said === "" ? `a command on it ended with ${exitCode}` : said })
    }
    return stdout.split("\n").map((line) => line.split("\t"))
  })

const folderOf = (host: Host): string => host["claims-directory"] ?? Scripts.claimsDirectory

const valueOf = (word: string, lines: ReadonlyArray<ReadonlyArray<string>>): string =>
  lines.find(([first]) => first === word)?.[1] ?? ""

/**
 * Everything that is claimed on a host, or what has one key; the claims of `owner` are renewed by that.
 *
 * @category queries
 * @since 0.1.0
 */
export const look = (shell: Shell, host: Host, owner: OwnerId, key?: ResourceKey): Effect.Effect<Survey, Failure> =>
  Effect.gen(function* () {
    const args = [folderOf(host), key ?? "", owner, host.directory ?? ""]
    const lines = yield* run(shell, { script: Scripts.look, args })
    const seconds = Number(valueOf("time", lines))
    if (!Number.isSafeInteger(seconds) || seconds === 0) {
      return yield* new HostBabbled({ message: "the host does not tell the time" })
    }
    return { base: valueOf("base", lines), seconds, claims: yield* claimsAfter("claim", lines) }
  })

/**
 * Claims a host, or says who has it. The same key again is the same claim.
 *
 * **Units**  secondsLeft: from now until the deadline
 *
 * @category commands
 * @since 0.1.0
 */
export const claim = (
  shell: Shell,
  host: Host,
  {
    label,
    mark,
    secondsLeft
  }: { readonly mark: Mark; readonly label: string | undefined; readonly secondsLeft: number }
): Effect.Effect<Answer, Failure> =>
  Effect.gen(function* () {
    const args = [
      folderOf(host),
      mark.key,
      mark.owner,
      String(secondsLeft),
      String(mark.deadlineEpochSeconds),
      host.name,
      host.directory ?? "",
      printable(label ?? "", 100),
      renewScript(host, mark.key)
    ]
    const lines = yield* run(shell, { script: Scripts.claim, args })
    const [held] = yield* claimsAfter("claim", lines)
    if (held !== undefined) return { _tag: "Held", claim: held }
    const [busy] = yield* claimsAfter("busy", lines)
    return busy === undefined
      ? yield* new HostBabbled({ message: "the host does not say who has claimed it" })
      : { _tag: "Busy", claim: busy }
  })

/**
 * Ends what a machine runs, removes what was put there, and releases the host; answers whether it was claimed. What is
 * gone already is no error.
 *
 * @category commands
 * @since 0.1.0
 */
export const release = (shell: Shell, host: Host, key: ResourceKey): Effect.Effect<boolean, Failure | NotYours> =>
  Effect.gen(function* () {
    const args = [folderOf(host), key, host.directory ?? ""]
    const lines = yield* run(shell, { script: Scripts.release, args })
    const [theirs] = yield* claimsAfter("foreign", lines)
    if (theirs !== undefined) {
      return yield* new NotYours({ message: `${host.name} is claimed by its user ${theirs.user}, who can release it` })
    }
    return lines.some(([word]) => word === "released")
  })

/** Text as one word of `sh`. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** For the machine's own clocks: they know how long it is kept, whatever its claim has heard of. */
const renewScript = (host: Host, key: ResourceKey): string =>
  `set -- ${[folderOf(host), key].map(quote).join(" ")} "$1"\n${Scripts.renew}`

/**
 * The same as `release`, for the host to run itself.
 *
 * @category scripts
 * @since 0.1.0
 */
export const releaseScript = (host: Host, key: ResourceKey): string =>
  `set -- ${[folderOf(host), key, host.directory ?? ""].map(quote).join(" ")}\n${Scripts.release}`

/** Who has claimed a host, and until when, for people. @category formatting @since 0.1.0 */
export const holderOf = ({ expiry, label, owner, user }: Claim): string => {
  const said = printable(label, 100)
  return `${printable(user, 40)} (owner ${owner}${said === "" ? "" : `, ${said}`}) until ${DateTime.formatIso(DateTime.makeUnsafe(expiry * 1000))}`
}
