/**
 * Reaching hosts, and what they have to offer.
 *
 * @since 0.1.0
 */
import { detect, detectGpus, type Gpus } from "@runctl/core/Hardware"
import type { Offer } from "@runctl/core/Offer"
import type { OwnerId } from "@runctl/core/Ownership"
import { type Shell, ShellError, type Shells, Unreachable } from "@runctl/core/Shell"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Claims from "./Claims.ts"
import { endpointOf, type Host, priceOf } from "./Inventory.ts"

/** How many hosts are asked at once. @category constants @since 0.1.0 */
export const concurrency = 8

/** How long a host may take to answer a question. @category constants @since 0.1.0 */
export const patience: Duration.Input = "15 seconds"

/** The same host, kept in the same way: whatever else the configuration says of it. @category predicates @since 0.1.0 */
export const isSame = (one: Host, other: Host): boolean => {
  const place = (host: Host) => JSON.stringify([endpointOf(host), host.directory ?? "", host["claims-directory"] ?? ""])
  return place(one) === place(other)
}

/**
 * Runs something on a host, outside all machines. Opening a way there has its own limits, and may ask for a passphrase:
 * what is run has to end within the time given.
 *
 * @category commands
 * @since 0.1.0
 */
export const on = <A, E>(
  shells: Shells["Service"],
  host: Host,
  use: (shell: Shell) => Effect.Effect<A, E>,
  within: Duration.Input = patience
): Effect.Effect<A, E | ShellError> =>
  shells.open({ ...endpointOf(host), directory: "/" }).pipe(
    Effect.flatMap((shell) =>
      use(shell).pipe(
        Effect.timeoutOrElse({
          duration: within,
          orElse: () =>
            Effect.fail(
              new ShellError({ operation: "exec", reason: new Unreachable({ message: "it took too long to answer" }) })
            )
        })
      )
    ),
    Effect.scoped
  )

/** The claims that keep others away. @category decisions @since 0.1.0 */
export const inTheWay = ({ claims, seconds }: Claims.Survey): ReadonlyArray<Claims.Claim> =>
  claims.filter(({ expiry, state }) => state === "wanting" || expiry > seconds)

/** What the configuration says of a host's GPUs; `undefined` when nobody said anything. */
const stated = ({ gpu, gpus, "gpu-memory": memory }: Host): Gpus | undefined =>
  gpu === undefined && gpus === undefined
    ? undefined
    : {
        gpuCount: gpus ?? 1,
        ...(gpu === undefined ? {} : { gpu }),
        ...(memory === undefined ? {} : { gpuMemoryGiB: memory })
      }

/**
 * What a host is as an offer, as it says itself now.
 *
 * @category queries
 * @since 0.1.0
 */
export const offerOf = (shells: Shells["Service"], provider: string, host: Host, owner: OwnerId) =>
  on(shells, host, (shell) =>
    Effect.gen(function* () {
      const [survey, gpus] = yield* Effect.all(
        [
          Claims.look(shell, host, owner),
          stated(host) === undefined ? detectGpus(shell) : Effect.succeed(stated(host) ?? { gpuCount: 0 })
        ],
        { concurrency: 2 }
      )
      const hardware = yield* detect(shell, survey.base.startsWith("/") ? survey.base : "/")
      const memory = host["gpu-memory"]
      return {
        provider,
        region: host.name,
        instanceType: host.name,
        ...gpus,
        ...(memory === undefined || gpus.gpuCount === 0 ? {} : { gpuMemoryGiB: memory }),
        ...hardware,
        onDemandUsdPerHour: priceOf(host),
        available: inTheWay(survey).length === 0,
        ...(host.labels === undefined ? {} : { labels: host.labels }),
        source: `providers.ssh.hosts: ${host.name}`,
        asOf: yield* DateTime.now
      } satisfies Offer
    })
  )
