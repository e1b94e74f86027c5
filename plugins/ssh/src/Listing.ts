/**
 * Every machine on every host.
 *
 * @since 0.1.0
 */
import type { OwnerId } from "@runctl/core/Ownership"
import type { Resource } from "@runctl/core/Resource"
import type { Shells } from "@runctl/core/Shell"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Claims from "./Claims.ts"
import { toResource, unseen } from "./Describing.ts"
import { concurrency, isSame, on } from "./Hosts.ts"
import type { Host } from "./Inventory.ts"
import { everyPlace } from "./Places.ts"
import type { Record, Records } from "./Records.ts"

/** Longer than a host is being claimed: what is recorded and not there after that is gone. */
const settledMillis = 600_000

/** One machine of each key: a host that goes by two names is one all the same. */
const once = (
  found: ReadonlyArray<{ readonly host: Host; readonly claim: Claims.Claim }>
): ReadonlyArray<{ readonly host: Host; readonly claim: Claims.Claim }> => {
  const byKey = new Map<string, { readonly host: Host; readonly claim: Claims.Claim }>()
  for (const each of found) {
    if (!byKey.has(each.claim.key) || each.claim.host === each.host.name) byKey.set(each.claim.key, each)
  }
  return [...byKey.values()]
}

/**
 * Every claim on every host, whoever's. Of a host that does not answer what is remembered of it, in an unknown state.
 *
 * @category queries
 * @since 0.1.0
 */
export const list = ({
  hosts,
  owner,
  records,
  shells,
  tell
}: {
  readonly hosts: ReadonlyArray<Host>
  readonly owner: OwnerId
  readonly records: Records
  readonly shells: Shells["Service"]
  /** Says what there is to say of a machine's host. */
  readonly tell: (record: Record) => Effect.Effect<void>
}): Effect.Effect<ReadonlyArray<Resource>, PlatformError> =>
  Effect.gen(function* () {
    const remembered = yield* records.list
    const asked = yield* Effect.forEach(
      everyPlace(hosts, remembered),
      (host) =>
        on(shells, host, (shell) => Claims.look(shell, host, owner)).pipe(
          Effect.map(({ claims }) => ({ host, claims })),
          Effect.tapError(({ message }) => Effect.logWarning(`ssh: ${host.name} cannot be asked: ${message}`)),
          Effect.orElseSucceed(() => ({ host, claims: undefined }))
        ),
      { concurrency }
    )
    const found = once(asked.flatMap(({ claims = [], host }) => claims.map((claim) => ({ host, claim }))))
    const seen = new Map(found.map(({ claim }) => [claim.key, claim]))
    const lost = remembered.filter(({ mark }) => !seen.has(mark.key))
    const hasAnswered = ({ host }: Record): boolean =>
      asked.some((each) => each.claims !== undefined && each.host.name === host.name && isSame(each.host, host))

    const now = yield* Clock.currentTimeMillis
    const gone = lost.filter((each) => hasAnswered(each) && now - each.launchTime.epochMilliseconds > settledMillis)
    yield* Effect.forEach(gone, ({ mark }) => Effect.ignore(records.remove(mark.key)), { discard: true })
    yield* Effect.forEach(
      remembered.filter((each) => !gone.includes(each)),
      tell,
      { discard: true }
    )

    const recordOf = new Map(remembered.map((record) => [record.mark.key, record]))
    return [
      ...found.map(({ claim, host }) => toResource(claim, host, recordOf.get(claim.key))),
      ...lost.filter((each) => !hasAnswered(each)).map(unseen)
    ]
  })
