/**
 * Bugs to plant, so that the histories are seen to find them.
 */
import { ResourceKey, toName } from "@runctl/core/Ownership"
import type { Resource } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import type { Journal } from "@runctl/runtime/Journal"
import { streams } from "@runctl/runtime/Projections"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Disk } from "./disk.ts"
import type { SimProcess } from "./SimProcess.ts"

/**
 * - `late intent`: what is asked for is on disk only once the answer is there.
 * - `forgotten key`: a machine is made under another key than the one that was written down.
 * - `no proof`: whatever carries a key of ours counts as made by us.
 */
export type Bug = "late intent" | "forgotten key" | "no proof"

/** What a bug makes of a process's provider and journal. */
export interface Planted {
  readonly provider: (provider: AnyTrainingProvider) => AnyTrainingProvider
  readonly journal: (journal: Journal["Service"]) => Journal["Service"]
}

const sound: Planted = { provider: (provider) => provider, journal: (journal) => journal }

const lateIntent = (process: SimProcess, disk: Disk): Planted => ({
  journal: (journal) => ({
    ...journal,
    append: (stream, expectedSeq, events, options) =>
      journal.append(stream, expectedSeq, events, options).pipe(
        Effect.tap(() =>
          Effect.sync(() => {
            if (events[0]?.type === "InstanceRequested")
              process.onKill = () => disk.forget(stream.slice(streams.resource("").length))
          })
        )
      )
  }),
  provider: (provider) => ({
    ...provider,
    createResource: (request) =>
      Effect.ensuring(
        provider.createResource(request),
        Effect.sync(() => {
          process.onKill = () => {}
        })
      )
  })
})

const forgottenKey: Planted = {
  ...sound,
  provider: (provider) => ({
    ...provider,
    createResource: (request) => {
      const key = ResourceKey.make(`${request.mark.key.slice(1)}${request.mark.key.slice(0, 1)}`)
      return Effect.map(provider.createResource({ ...request, mark: { ...request.mark, key } }), (made) => ({
        ...made,
        key: request.mark.key
      }))
    }
  })
}

/** As if every machine with a key had been made when the first of them was, and were called as we wanted. */
const believing = (listed: ReadonlyArray<Resource>): ReadonlyArray<Resource> =>
  listed.map((resource) => {
    const first = listed.find(({ key }) => key === resource.key && resource.launchTime !== undefined)
    const deadline = resource.deadline === undefined ? 0 : Math.ceil(DateTime.toEpochMillis(resource.deadline) / 1000)
    const name = toName({ owner: resource.owner, key: resource.key, deadlineEpochSeconds: deadline })
    return { ...resource, name, ...(first?.launchTime === undefined ? {} : { launchTime: first.launchTime }) }
  })

const noProof: Planted = {
  ...sound,
  provider: (provider) => ({ ...provider, listResources: Effect.map(provider.listResources, believing) })
}

/** The bug in one process; none where none is wanted. */
export const plant = (bug: Bug | undefined, process: SimProcess, disk: Disk): Planted => {
  switch (bug) {
    case undefined:
      return sound
    case "late intent":
      return lateIntent(process, disk)
    case "forgotten key":
      return forgottenKey
    case "no proof":
      return noProof
  }
}
