/**
 * Which regions there are for this account, and which are asked.
 *
 * @since 0.1.0
 */
import { didYouMean } from "@runctl/core/Nearest"
import * as ProviderError from "@runctl/core/ProviderError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import type { Aws } from "./AwsClient.ts"
import * as Calls from "./internal/calls.ts"
import { type Cause, isClosedRegion } from "./Failures.ts"
import type { Settings } from "./Settings.ts"
import type { Store } from "./Store.ts"

/** Regions come every year. */
const live = Duration.days(1)

/** Regions of the account. @category models @since 0.1.0 */
export interface Regions {
  /** Where machines are offered. */
  readonly offered: Effect.Effect<ReadonlyArray<string>, Cause>
  /** Every region that the account may use: where machines of ours may be. */
  readonly enabled: Effect.Effect<ReadonlyArray<string>, Cause>
  /** Asks many regions at once; one that is closed to us, and in which we offer nothing, has nothing of ours. */
  readonly inAll: <A>(
    ask: (region: string) => Effect.Effect<ReadonlyArray<A>, Cause>
  ) => Effect.Effect<ReadonlyArray<A>, Cause>
}

const Names = Schema.Array(Schema.NonEmptyString)

/** Regions that have to be switched on answer nobody before. */
const isOpen = ({ OptInStatus: status }: typeof Answers.Region.Type): boolean => status !== "not-opted-in"

/**
 * Regions by the settings and the account.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (aws: Aws, store: Store, settings: Settings, home: Effect.Effect<string | undefined>): Regions => {
  const first = Effect.map(home, (name) => (typeof settings.regions === "object" ? settings.regions[0] : name))
  const from = Effect.map(first, (name) => name ?? "us-east-1")

  const enabled = Effect.gen(function* () {
    const region = yield* from
    const { value } = yield* store.cached(
      "regions",
      Names,
      live,
      aws.call(region, Calls.describeRegions({})).pipe(
        Effect.flatMap(Answers.under("Regions", Schema.Array(Schema.Unknown))),
        Effect.flatMap((rows) => Answers.readable(Answers.Region, "a region", rows)),
        Effect.map((regions) => regions.filter(isOpen).map(({ RegionName }) => RegionName))
      )
    )
    return value
  })

  const offered: Regions["offered"] = Effect.gen(function* () {
    if (settings.regions === "all") return yield* enabled
    if (settings.regions !== undefined) return settings.regions
    const name = yield* home
    return name === undefined
      ? yield* new ProviderError.Rejected({
          message:
            "no region is set: set AWS_REGION, a region in the profile, or providers.aws.regions (a list, or all)"
        })
      : [name]
  })

  return {
    offered,
    enabled,
    inAll: Effect.fnUntraced(function* (ask) {
      const all = yield* enabled
      const known = new Set(yield* Effect.orElseSucceed(offered, (): ReadonlyArray<string> => []))
      const found = yield* Effect.forEach(
        [...new Set([...known, ...all])],
        (region) =>
          known.has(region)
            ? ask(region)
            : ask(region).pipe(
                Effect.catchIf(isClosedRegion, (cause) =>
                  Effect.as(
                    Effect.logDebug(`aws: ${region} is closed to us: ${"message" in cause ? cause.message : ""}`),
                    []
                  )
                )
              ),
        { concurrency: "unbounded" }
      )
      return found.flat()
    })
  }
}

/** What is wrong with a region's name; nothing for one that the account may use. @category decisions @since 0.1.0 */
export const mistakeIn = (enabled: ReadonlyArray<string>, region: string): ProviderError.Rejected | undefined =>
  enabled.includes(region)
    ? undefined
    : new ProviderError.Rejected({
        message: `AWS has no region "${region}" for this account.${didYouMean(region, enabled)} Some have to be switched on first; open are ${enabled.toSorted().join(", ")}`
      })
