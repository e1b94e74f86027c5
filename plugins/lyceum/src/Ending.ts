/**
 * Ending machines, which alone ends what they cost.
 *
 * @since 0.1.0
 */
import { type Cause, isMissing } from "@runctl/core/CloudFailure"
import * as ProviderError from "@runctl/core/ProviderError"
import type { ResourceId } from "@runctl/core/Resource"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Cloud, pathOf, sameOrganization, vmOf } from "./Looking.ts"
import { markOf, nativeIdOf, stateOf } from "./Vms.ts"

/** An id is typed wrongly as easily as rightly: nothing is ended that runctl did not make. */
const refuseStranger = (id: ResourceId) =>
  new ProviderError.Rejected({
    message: `${id} is no machine of runctl's: its name carries no mark. End it at dashboard.lyceum.technology`
  })

/** What is refused because there is nothing to end any more has ended. */
const isOver = Effect.fnUntraced(function* (cloud: Cloud, nativeId: string, cause: Cause) {
  if (cause._tag !== "Refused" || (cause.status !== 400 && cause.status !== 409)) return yield* Effect.fail(cause)
  const vm = yield* vmOf(cloud, nativeId)
  return vm === undefined || stateOf(vm)._tag === "Terminated" ? false : yield* Effect.fail(cause)
})

/**
 * Ends a machine, and with it its billing, also one that has failed or stopped. One that is gone is ended; one that
 * carries no mark of runctl's is left alone.
 *
 * **Errors**  `Unavailable` for every failure of the service, whatever its words: it has to be tried again. `Forbidden`
 * when another organization's key has made it, which alone sees it.
 *
 * @category commands
 * @since 0.1.0
 */
export const terminate = Effect.fn("LyceumEnding.terminate")(function* (
  cloud: Cloud,
  id: ResourceId
): Effect.fn.Return<void, Cause> {
  const nativeId = nativeIdOf(id)
  if (nativeId === undefined) return
  const { api, crowd, memory } = cloud
  const remembered = yield* memory.find(nativeId)
  if (remembered === undefined) {
    const vm = yield* vmOf(cloud, nativeId)
    if (vm === undefined) return
    if (markOf(vm) === undefined) return yield* refuseStranger(id)
  }
  const isGone = yield* api.call({ method: "DELETE", path: pathOf(nativeId), answer: "any" }).pipe(
    Effect.as(false),
    Effect.catch((cause) => (isMissing(cause) ? Effect.succeed(true) : isOver(cloud, nativeId, cause))),
    // Whatever came of it: what was seen before is not known to be so any more.
    Effect.ensuring(crowd.changed(nativeId))
  )
  if (remembered === undefined) return
  if (isGone) {
    yield* sameOrganization(cloud, id, remembered)
    // One that does not show yet may still come: it is asked about, and ended, again.
    if (remembered.endedAt === undefined) return
  }
  yield* memory.save(nativeId, { ...remembered, endedAt: yield* Clock.currentTimeMillis })
})
