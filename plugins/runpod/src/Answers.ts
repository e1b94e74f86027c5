/**
 * What is read of the API's answers: little, and nothing that is not needed.
 *
 * @source https://docs.runpod.io/api-reference-v2 (REST v2, read 2026-11-27)
 * @since 0.1.0
 */
import type { Failure } from "@runctl/core/CloudFailure"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const SshEndpoint = Schema.Struct({ host: Schema.String, port: Schema.Int, username: maybe(Schema.String) })

const RuntimePort = Schema.Struct({
  private: maybe(Schema.Int),
  public: maybe(Schema.Int),
  type: maybe(Schema.String),
  ip: maybe(Schema.String)
})

/**
 * A pod. What has no id is none.
 *
 * **Units**  cost: US dollars per hour, now · disk, size, memory: GB
 *
 * @category models
 * @since 0.1.0
 */
export const Pod = Schema.Struct({
  id: Schema.NonEmptyString,
  name: maybe(Schema.String),
  status: maybe(Schema.String),
  env: maybe(Schema.Record(Schema.String, Schema.String)),
  cloud: maybe(Schema.String),
  dataCenterId: maybe(Schema.String),
  disk: maybe(Schema.Finite),
  mounts: maybe(
    Schema.Struct({
      persistent: maybe(Schema.Struct({ size: Schema.Finite })),
      network: maybe(Schema.Array(Schema.Struct({ volumeId: Schema.String })))
    })
  ),
  gpu: maybe(
    Schema.Struct({
      id: Schema.NonEmptyString,
      count: maybe(Schema.Finite),
      vcpuCount: maybe(Schema.Finite),
      memory: maybe(Schema.Finite)
    })
  ),
  cpu: maybe(Schema.Struct({ id: Schema.NonEmptyString, vcpuCount: maybe(Schema.Finite) })),
  ssh: maybe(Schema.Struct({ direct: maybe(SshEndpoint) })),
  runtime: maybe(Schema.Struct({ ports: maybe(Schema.Array(RuntimePort)) })),
  cost: maybe(Schema.Finite),
  locked: maybe(Schema.Boolean),
  createdAt: maybe(Schema.String),
  startedAt: maybe(Schema.String)
})
export type Pod = typeof Pod.Type

/** What is left of a pod that is not as promised. */
const BarePod = Schema.Struct({ id: Schema.NonEmptyString, name: maybe(Schema.String) })

const Place = Schema.Struct({ id: Schema.NonEmptyString, availability: maybe(Schema.String) })

const Count = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * A kind of GPU, and where it is to be had now.
 *
 * **Units**  memory: GB of one GPU · price: US dollars per hour of one GPU
 *
 * @category models
 * @since 0.1.0
 */
export const Gpu = Schema.Struct({
  id: Schema.NonEmptyString,
  name: maybe(Schema.String),
  manufacturer: maybe(Schema.String),
  memory: maybe(Count),
  secure: maybe(Schema.Boolean),
  community: maybe(Schema.Boolean),
  price: maybe(Schema.Struct({ secure: maybe(Schema.Finite), community: maybe(Schema.Finite) })),
  maxCount: maybe(Schema.Struct({ secure: maybe(Count), community: maybe(Count) })),
  availability: maybe(Schema.String),
  dataCenters: maybe(Schema.Array(Place))
})
export type Gpu = typeof Gpu.Type

/**
 * A kind of CPU pod.
 *
 * **Units**  price: US dollars per hour of one vCPU · memory: GB for one vCPU
 *
 * @category models
 * @since 0.1.0
 */
export const Cpu = Schema.Struct({
  id: Schema.NonEmptyString,
  vcpu: Schema.Struct({ min: Count, max: Count }),
  ramGbPerVcpu: Count,
  price: maybe(Schema.Struct({ securePerVcpu: maybe(Schema.Finite) })),
  availability: maybe(Schema.String),
  dataCenters: maybe(Schema.Array(Place))
})
export type Cpu = typeof Cpu.Type

/** A volume that outlives pods. **Units**  size: GB @category models @since 0.1.0 */
export const NetworkVolume = Schema.Struct({
  id: Schema.NonEmptyString,
  name: maybe(Schema.String),
  size: maybe(Schema.Finite),
  dataCenter: maybe(Schema.String)
})
export type NetworkVolume = typeof NetworkVolume.Type

const Pagination = Schema.Struct({ nextCursor: maybe(Schema.String), hasNextPage: maybe(Schema.Boolean) })

const strange = (what: string): Failure => ({ _tag: "Strange", message: `RunPod answered without ${what}` })

/** A pod, or as much of it as can be read. @category parsing @since 0.1.0 */
export const podOf = (row: unknown): Effect.Effect<Pod, Failure> =>
  Schema.decodeUnknownEffect(Pod)(row).pipe(
    Effect.catch(() => Schema.decodeUnknownEffect(BarePod)(row)),
    Effect.mapError(() => strange("a pod's id"))
  )

/** The rows under a name in an answer. @category parsing @since 0.1.0 */
export const rowsOf =
  (field: string) =>
  (body: unknown): Effect.Effect<ReadonlyArray<unknown>, Failure> =>
    Schema.decodeUnknownEffect(Schema.Struct({ [field]: Schema.Array(Schema.Unknown) }))(body).pipe(
      Effect.map((found) => found[field] ?? []),
      Effect.mapError(() => strange(`"${field}"`))
    )

/** Where the next page begins; an answer without a word about pages is the only one. @category parsing @since 0.1.0 */
export const nextOf = (body: unknown): Effect.Effect<string | undefined, Failure> =>
  Schema.decodeUnknownEffect(Schema.Struct({ pagination: maybe(Pagination) }))(body).pipe(
    Effect.mapError(() => strange("a readable pagination")),
    Effect.flatMap(({ pagination }) => {
      const { hasNextPage, nextCursor } = pagination ?? {}
      if (hasNextPage !== true) return Effect.undefined
      return typeof nextCursor === "string" && nextCursor !== ""
        ? Effect.succeed(nextCursor)
        : Effect.fail(strange("the cursor of a page that follows"))
    })
  )

/** Rows that can be read; the others are left out, each with a word in the log. @category parsing @since 0.1.0 */
export const readable = <A>(
  schema: Schema.ConstraintDecoder<A>,
  what: string,
  rows: ReadonlyArray<unknown>
): Effect.Effect<ReadonlyArray<A>> =>
  Effect.map(
    Effect.forEach(rows, (row) =>
      Schema.decodeUnknownEffect(schema)(row).pipe(
        Effect.map((one): ReadonlyArray<A> => [one]),
        Effect.catch((error) =>
          Effect.as(Effect.logDebug(`runpod: ${what} is left out: ${error.message}`), [] as const)
        )
      )
    ),
    (all) => all.flat()
  )
