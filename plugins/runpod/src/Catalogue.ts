/**
 * What RunPod rents out, where and for how much.
 *
 * @since 0.1.0
 */
import type { CallError, CloudApi } from "@runctl/core/CloudApi"
import * as PluginMemory from "@runctl/core/PluginMemory"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import type { CloudKind } from "./Settings.ts"

/** The numbers of GPUs that are offered. @category constants @since 0.1.0 */
export const counts = [1, 2, 4, 8] as const

/** One of the numbers of GPUs that are offered. @category models @since 0.1.0 */
export type Count = (typeof counts)[number]

/** RunPod's own data centers, and other people's computers. @category constants @since 0.1.0 */
export const clouds: ReadonlyArray<CloudKind> = ["secure", "community"]

/** What was read, and when. **Units**  at: milliseconds since 1970-01-01 UTC @category models @since 0.1.0 */
export type Read<A> = PluginMemory.Cached<ReadonlyArray<A>>

/**
 * The catalogue, as old as it may be for what it is needed for.
 *
 * **Details**  `shown` is for what is only shown: a few minutes old at most, whoever of this installation read it;
 * `current` for what is rented: read here, within the last minute.
 *
 * @category models
 * @since 0.1.0
 */
export interface Lookup<A> {
  readonly shown: Effect.Effect<Read<A>, CallError>
  readonly current: Effect.Effect<Read<A>, CallError>
}

/** All that is offered. @category models @since 0.1.0 */
export interface Catalogue {
  /** GPUs, as many at once as asked for, in one of the clouds. */
  readonly gpus: (cloud: CloudKind, count: Count) => Lookup<Answers.Gpu>
  readonly cpus: Lookup<Answers.Cpu>
  readonly networkVolumes: Lookup<Answers.NetworkVolume>
}

const current = Duration.minutes(1)
const shown = Duration.minutes(10)

interface Listing<A> {
  readonly path: string
  readonly field: string
  readonly query: Readonly<Record<string, string>>
  readonly schema: Schema.ConstraintCodec<A, unknown>
}

const availability = { include: "AVAILABILITY", product: "POD" }

/**
 * Reads the catalogue, each part once for all who ask at the same time, and remembers it in a plugin's home.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  client: CloudApi,
  home: string
): Effect.fn.Return<Catalogue, never, FileSystem.FileSystem | Path.Path> {
  const lookup = Effect.fnUntraced(function* <A>({ field, path, query, schema }: Listing<A>) {
    const read = client.call({ method: "GET", path, query }).pipe(
      Effect.flatMap(Answers.rowsOf(field)),
      Effect.flatMap((rows) => Answers.readable(schema, `one of "${field}"`, rows))
    )
    const cache = yield* PluginMemory.cache({
      home,
      key: [field, client.endpoint, ...Object.values(query)].join(" "),
      schema: Schema.Array(schema),
      read
    })
    return { shown: cache.within(shown), current: cache.ownWithin(current) } satisfies Lookup<A>
  })
  const all = new Map<string, Lookup<Answers.Gpu>>()
  const keyOf = (cloud: CloudKind, count: Count) => `${cloud} ${count}`
  for (const cloud of clouds) {
    for (const count of counts) {
      const query = { ...availability, count: String(count), cloud: cloud.toUpperCase() }
      const gpus = yield* lookup({ path: "/v2/catalog/gpus", field: "gpus", query, schema: Answers.Gpu })
      all.set(keyOf(cloud, count), gpus)
    }
  }
  const nothing: Read<Answers.Gpu> = { value: [], at: 0 }
  const none: Lookup<Answers.Gpu> = { shown: Effect.succeed(nothing), current: Effect.succeed(nothing) }
  return {
    gpus: (cloud, count) => all.get(keyOf(cloud, count)) ?? none,
    cpus: yield* lookup({ path: "/v2/catalog/cpus", field: "cpus", query: availability, schema: Answers.Cpu }),
    networkVolumes: yield* lookup({
      path: "/v2/network-volumes",
      field: "networkVolumes",
      query: {},
      schema: Answers.NetworkVolume
    })
  }
})
