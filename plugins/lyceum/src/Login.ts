/**
 * Who logs in: the API does not say it, and its descriptions differ.
 *
 * @since 0.1.0
 */
import type { SshEndpoint } from "@runctl/core/Endpoint"
import type { Shells } from "@runctl/core/Shell"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * Who may be let in, likeliest first: the one that was seen on the real thing, then those that were written about.
 *
 * @category constants
 * @since 0.1.0
 */
export const users = ["lyceum", "ubuntu", "root"] as const

/** Whoever comes next asks again: a machine that is still coming up is not waited for here. */
const patience = Duration.seconds(15)

/**
 * Who is let in, after each was tried once; nothing where the machine cannot be reached, or lets in nobody yet.
 *
 * @category queries
 * @since 0.1.0
 */
export const find = (shells: Shells["Service"], endpoint: SshEndpoint): Effect.Effect<string | undefined> =>
  Effect.gen(function* () {
    for (const user of users) {
      const tried = yield* Effect.result(Effect.scoped(shells.open({ ...endpoint, user })))
      if (tried._tag === "Success") return user
      if (tried.failure.reason._tag !== "Refused") return undefined
    }
    return undefined
  }).pipe(Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.undefined }))
