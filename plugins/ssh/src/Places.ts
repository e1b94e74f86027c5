/**
 * Which hosts a machine may be on.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AtHost, HostCause } from "./Describing.ts"
import { isSame } from "./Hosts.ts"
import type { Host } from "./Inventory.ts"
import type { Record } from "./Records.ts"

/**
 * The host that the configuration gives a name to, and the one that was rented under that name when it was another.
 *
 * @category decisions
 * @since 0.1.0
 */
export const placesOf = (hosts: ReadonlyArray<Host>, name: string, record: Record | undefined): ReadonlyArray<Host> => {
  const configured = hosts.filter((host) => host.name === name)
  if (record === undefined || record.host.name !== name) return configured
  return configured.some((host) => isSame(host, record.host)) ? configured : [...configured, record.host]
}

/**
 * Every host there is to ask: those of the configuration, and those with machines that are not in it any more.
 *
 * @category decisions
 * @since 0.1.0
 */
export const everyPlace = (hosts: ReadonlyArray<Host>, records: ReadonlyArray<Record>): ReadonlyArray<Host> => {
  const all = [...hosts]
  for (const { host } of records) {
    if (!all.some((each) => each.name === host.name && isSame(each, host))) all.push(host)
  }
  return all
}

/**
 * Asks one host after the other until one has what is looked for. That none has it is only known once all have answered.
 *
 * @category queries
 * @since 0.1.0
 */
export const inOneOf = <A>(
  places: ReadonlyArray<Host>,
  ask: (host: Host) => Effect.Effect<A | undefined, HostCause>
): Effect.Effect<A | undefined, AtHost> =>
  Effect.gen(function* () {
    let failure: AtHost | undefined
    for (const host of places) {
      const answer = yield* Effect.result(ask(host))
      if (Result.isFailure(answer)) failure ??= { _tag: "AtHost", host, cause: answer.failure }
      else if (answer.success !== undefined) return answer.success
    }
    return failure === undefined ? undefined : yield* Effect.fail(failure)
  })
