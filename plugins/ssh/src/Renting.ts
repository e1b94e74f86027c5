/**
 * Claiming a host for a machine.
 *
 * @since 0.1.0
 */
import { didYouMean } from "@runctl/core/Nearest"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Shells } from "@runctl/core/Shell"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Claims from "./Claims.ts"
import { type HostCause, reasonAt } from "./Describing.ts"
import { on } from "./Hosts.ts"
import { type Host, priceOf } from "./Inventory.ts"
import type { Record, Records } from "./Records.ts"

/** Waiting for others who want the host takes half a minute at most, ending what was forgotten there ten seconds. */
const claiming = "90 seconds"

const howTo =
  "no hosts are configured: name one in the user's config.yaml, for example `providers: {ssh: {hosts: [{name: gpu1, host: gpu1.example.org}]}}`"

/**
 * The hosts that can be rented, and where that is said, as far as it is known: a supervisor may read another file than
 * the command that is answered.
 *
 * @category models
 * @since 0.1.0
 */
export interface Inventory {
  readonly hosts: ReadonlyArray<Host>
  readonly where: () => string | undefined
}

/** What to say of a name that no host has. @category errors @since 0.1.0 */
export const unknownHost = ({ hosts, where }: Inventory, name: string): ProviderError.Rejected => {
  const names = hosts.map((host) => host.name)
  const known = names.length === 0 ? howTo : `Known: ${names.join(", ")}.`
  const place = where()
  return new ProviderError.Rejected({
    message: `there is no host "${name}" in providers.ssh.hosts${place === undefined ? "" : ` (${place})`}.${didYouMean(name, names)} ${known}`
  })
}

/** The host with a name, which is its instance type as well. @category accessors @since 0.1.0 */
export const hostNamed = (inventory: Inventory, name: string): Effect.Effect<Host, ProviderError.Rejected> => {
  const found = inventory.hosts.find((host) => host.name === name)
  return found === undefined ? Effect.fail(unknownHost(inventory, name)) : Effect.succeed(found)
}

/** Why the host could not be claimed: an answer that was lost may have been a yes. */
const reasonFor = (host: Host, cause: HostCause, wasSent: boolean): ProviderError.Reason => {
  const isLost =
    cause._tag === "HostBabbled" ||
    (cause._tag === "ShellError" && cause.reason._tag === "Unreachable") ||
    (cause._tag === "HostFailed" && cause.exitCode >= 128)
  if (wasSent && isLost) return new ProviderError.OutcomeUnknown({ message: `${host.name}: ${cause.message}` })
  return cause._tag === "HostFailed"
    ? new ProviderError.Rejected({ message: `${host.name}: ${cause.message}` })
    : reasonAt({ _tag: "AtHost", host, cause })
}

/**
 * Claims the host of an offer and makes the machine's directory there.
 *
 * **Details**  what is wanted is written down first, so that it can be found whatever happens then. A key that was begun
 * stays with its host.
 *
 * @category commands
 * @since 0.1.0
 */
export const rent = (
  {
    inventory,
    records,
    shells
  }: { readonly inventory: Inventory; readonly records: Records; readonly shells: Shells["Service"] },
  { label, mark, market, offer, priceLimit }: CreateRequest
): Effect.Effect<{ readonly claim: Claims.Claim; readonly record: Record }, PlatformError | ProviderError.Reason> =>
  Effect.gen(function* () {
    if (market === "spot") {
      return yield* new ProviderError.UnsupportedCapability({ message: "hosts of yours have no spot market" })
    }
    const wanted = yield* hostNamed(inventory, offer.instanceType)
    const price = priceOf(wanted)
    if (priceLimit !== undefined && price > priceLimit) {
      return yield* new ProviderError.PriceTooLow({
        message: `${wanted.name} costs $${price}/h, at most $${priceLimit}/h wanted`,
        usdPerHour: price
      })
    }
    const now = yield* DateTime.now
    const secondsLeft = Math.max(0, mark.deadlineEpochSeconds - Math.floor(now.epochMilliseconds / 1000))
    const begun: Record = { mark, host: wanted, launchTime: now }
    const record = yield* records.begin(begun)
    const { host } = record
    const isNew = record === begun

    let wasSent = false
    const answer = yield* on(
      shells,
      host,
      (shell) =>
        Effect.suspend(() => {
          wasSent = true
          return Claims.claim(shell, host, { mark, label, secondsLeft })
        }),
      claiming
    ).pipe(
      Effect.mapError((cause) => reasonFor(host, cause, wasSent)),
      Effect.tapError(({ _tag }) =>
        isNew && _tag !== "OutcomeUnknown" ? Effect.ignore(records.remove(mark.key)) : Effect.void
      )
    )
    if (answer._tag === "Busy") {
      yield* records.remove(mark.key)
      return yield* new ProviderError.OutOfCapacity({
        message: `${host.name} is claimed by ${Claims.holderOf(answer.claim)}`
      })
    }
    const { claim } = answer
    const whole: Record = { ...record, ...(claim.directory === "" ? {} : { directory: claim.directory }) }
    yield* records.save(whole)
    return { claim, record: whole }
  })
