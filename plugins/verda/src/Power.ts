/**
 * Switching instances on and off, and ending them.
 *
 * @since 0.1.0
 */
import type { Cause } from "@runctl/core/CloudFailure"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Resource, ResourceId } from "@runctl/core/Resource"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Answers from "./Answers.ts"
import type { Cloud } from "./Cloud.ts"
import { failures, isGone, isProvisioning } from "./Failures.ts"
import { markOf, nativeOf, stateOf } from "./Instances.ts"
import * as Looking from "./Looking.ts"

/** So long an instance is looked at until it is on or off. */
const patience = "60 seconds"
const every = "2 seconds"

const path = "/v1/instances"

interface Action {
  readonly action: "start" | "shutdown" | "delete"
  readonly id: string
  readonly volume_ids?: ReadonlyArray<string>
  readonly delete_permanently?: boolean
}

/** Nothing is answered where it is so already. A refusal may stand in a list of what came of it. */
const act = ({ client, watch }: Cloud, body: Action): Effect.Effect<void, Cause> =>
  client.call({ method: "PUT", path, body, answer: "any" }).pipe(
    Effect.flatMap((answer): Effect.Effect<void, Cause> => {
      const refused = Answers.refusalIn(answer)
      return refused === undefined
        ? Effect.void
        : Effect.fail({ _tag: "Refused", ...refused, retryAfter: undefined, setting: "Verda's credentials" })
    }),
    // Whatever came of it: what was seen before is not known to be so any more.
    Effect.ensuring(watch.changed(body.id))
  )

/** Before March 2026 an action that would change nothing was refused. */
const isSo = (cause: Cause): boolean =>
  cause._tag === "Refused" &&
  /already (?:running|started|stopped|shut|offline)|is (?:running|offline)\b/i.test(cause.message)

const switched = Effect.fnUntraced(function* (
  cloud: Cloud,
  id: ResourceId,
  action: "start" | "shutdown"
): Effect.fn.Return<Resource, Cause> {
  const before = yield* Looking.get(cloud, id)
  const native = nativeOf(id)
  const from = action === "start" ? "Stopped" : "Running"
  const isDone = before.state._tag === (action === "start" ? "Running" : "Stopped")
  if (native === undefined || isDone) return before
  yield* act(cloud, { action, id: native }).pipe(
    Effect.catchIf(isSo, () => Effect.void),
    Effect.mapError(failures.once)
  )
  return yield* Looking.get(cloud, id).pipe(
    Effect.repeat({
      schedule: Schedule.spaced(every).pipe(Schedule.upTo({ duration: patience })),
      until: ({ state }) => state._tag !== from
    })
  )
})

/**
 * Switches an instance on, and answers once it is, or after a minute.
 *
 * @category commands
 * @since 0.1.0
 */
export const start = Effect.fn("VerdaPower.start")((cloud: Cloud, id: ResourceId) => switched(cloud, id, "start"))

/**
 * Switches an instance off. It costs as much as before.
 *
 * @category commands
 * @since 0.1.0
 */
export const stop = Effect.fn("VerdaPower.stop")((cloud: Cloud, id: ResourceId) => switched(cloud, id, "shutdown"))

/**
 * The disk that was made with an instance, and goes with it: its name says whose it is. One that somebody else has made,
 * and booted from, stays.
 */
const ownDisk = Effect.fnUntraced(function* (
  { client }: Cloud,
  { image, os_volume_id: disk }: Answers.Instance,
  mark: Ownership.Mark
) {
  if (disk === null || disk === undefined || disk === "") return []
  // Only an image that is named by an id may be somebody's disk.
  if (!Answers.isId(image ?? "")) return [disk]
  const named = yield* client.call({ method: "GET", path: `/v1/volumes/${disk}` }).pipe(
    Effect.flatMap(Answers.exactly(Answers.Volume, "a volume")),
    Effect.map(({ name }) => Ownership.fromName(name ?? "")?.key),
    // What nobody can say is not deleted: it is found by its name later.
    Effect.orElseSucceed(() => undefined)
  )
  return named === mark.key ? [disk] : []
})

/** Asks for the end, and again while the instance is still being made: until then it is refused. */
const ended = (cloud: Cloud, native: string, disks: ReadonlyArray<string> | undefined) =>
  act(cloud, {
    action: "delete",
    id: native,
    // Without a list the disk lies in the trash; with an empty one it stays.
    ...(disks === undefined ? {} : { volume_ids: disks }),
    ...(disks === undefined || disks.length === 0 ? {} : { delete_permanently: true })
  }).pipe(
    Effect.as(true),
    Effect.catchIf(isGone, () => Effect.succeed(false)),
    Effect.retry({
      schedule: Schedule.spaced(every).pipe(Schedule.upTo({ duration: patience })),
      while: isProvisioning
    })
  )

const stranger = (id: ResourceId) =>
  new ProviderError.Rejected({
    message: `${id} is no machine of runctl's: it carries no mark. End it in Verda's own console`
  })

/** Failing to clear up is no failure to end: what is left is found by its name, and goes later. */
const cleared = ({ beside }: Cloud, mark: Ownership.Mark): Effect.Effect<void> =>
  Effect.catch(beside.clear(mark), (cause) =>
    Effect.logWarning(`verda: what was beside ${Ownership.toName(mark)} is still there: ${cause.message}`)
  )

/**
 * Ends an instance, with its disk and its script, and with it its billing. One that is gone is ended; one that carries no
 * mark of runctl's is left alone.
 *
 * **Errors**  `Conflict` while it is still being made, when that takes longer than a minute.
 *
 * @category commands
 * @since 0.1.0
 */
export const terminate = Effect.fn("VerdaPower.terminate")(function* (
  cloud: Cloud,
  id: ResourceId
): Effect.fn.Return<void, Cause> {
  const native = nativeOf(id)
  if (native === undefined) return
  const remembered = yield* cloud.memory.instances.find(native)
  const instance = yield* Looking.ask(cloud.client, native)
  const mark = instance === undefined ? remembered?.mark : markOf(instance)
  if (mark === undefined) return instance === undefined ? undefined : yield* stranger(id)
  if (instance !== undefined && stateOf(instance)._tag === "Terminated") return yield* cleared(cloud, mark)
  const disks = instance === undefined ? undefined : yield* ownDisk(cloud, instance, mark)
  const wasThere = yield* ended(cloud, native, disks)
  if (!wasThere) return yield* cleared(cloud, mark)
  if (remembered !== undefined) {
    const endedAt = yield* Clock.currentTimeMillis
    yield* cloud.memory.instances.save(native, { ...remembered, endedAt })
  }
  yield* cleared(cloud, mark)
})
