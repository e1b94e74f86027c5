/**
 * Which hosts a machine may be on.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AtHost, HostCause } from "./Describing.ts"
import { isSame } from "./Hosts.ts"
import { endpointOf, type Host } from "./Inventory.ts"
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
 * What to say of a machine whose host the configuration does not have any more, or has elsewhere; nothing when it is
 * where it was rented.
 *
 * @category formatting
 * @since 0.1.0
 */
export const astray = (hosts: ReadonlyArray<Host>, { host, mark }: Record): string | undefined => {
  const named = hosts.filter(({ name }) => name === host.name)
  if (named.some((each) => isSame(each, host))) return undefined
  const { host: address, port, user } = endpointOf(host)
  const at = `${user === undefined ? "" : `${user}@`}${address}${port === undefined ? "" : `:${port}`}`
  return named.length === 0
    ? `ssh: ${host.name} is not among providers.ssh.hosts any more; its machine ${mark.key} is still reached at ${at}, until it is terminated`
    : `ssh: ${host.name} is configured otherwise than when its machine ${mark.key} was rented; that is looked for at ${at} too, until it is terminated`
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
