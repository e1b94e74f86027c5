/**
 * One change to several machines.
 */
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ResourceView } from "./output/resources.ts"
import { viewRecord } from "./views/resource.ts"

/** What came of it: machines that were changed, and the ids that could not be, each with why. */
export interface Changed {
  readonly resources: ReadonlyArray<ResourceView>
  readonly failures: ReadonlyArray<{ readonly id: string; readonly error: unknown }>
}

/** Changes all of them at once; one that fails never keeps the others from it. */
export const changeAll = <E, R>(
  ids: ReadonlyArray<string>,
  change: (id: string) => Effect.Effect<ResourceRecord, E, R>
): Effect.Effect<Changed, never, R> =>
  Effect.map(
    Effect.forEach(ids, (id) => Effect.map(Effect.result(change(id)), (result) => ({ id, result })), {
      concurrency: 8
    }),
    (results): Changed => ({
      resources: results.flatMap(({ result }) =>
        Result.isSuccess(result) ? [viewRecord(result.success, Date.now())] : []
      ),
      failures: results.flatMap(({ id, result }) => (Result.isFailure(result) ? [{ id, error: result.failure }] : []))
    })
  )
