import type { JobEvent, JobStatus } from "@runctl/core/Job"
import type { Using } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Honest } from "./court.ts"
import type { PlantedLie } from "./lying.ts"

/** Uses its machines otherwise. */
const using = (honest: Honest, change: (using: Using) => Partial<Using>): Honest => ({
  ...honest,
  using: { ...honest.using, ...change(honest.using) }
})

/** Says something else of every job. */
const saying = (honest: Honest, change: (status: JobStatus) => JobStatus): Honest =>
  using(honest, ({ status }) => ({ status: (id, unit) => Effect.map(status(id, unit), change) }))

const monitoring = (
  honest: Honest,
  change: (event: JobEvent, options: { readonly follow: boolean; readonly fromByte: number }) => ReadonlyArray<JobEvent>
): Honest =>
  using(honest, ({ monitor }) => ({
    monitor: (id, unit, options) =>
      Stream.flatMap(monitor(id, unit, options), (event) => Stream.fromIterable(change(event, options)))
  }))

export const jobLies: ReadonlyArray<PlantedLie> = [
  {
    lie: "repeats a byte at every piece of the log it follows",
    breaks: "following a job gives its log, every byte once and in order, and ends with the job",
    of: (honest) =>
      monitoring(honest, (event, { follow }) =>
        event._tag === "Log" && follow && event.fromByte > 0 ? [{ ...event, fromByte: event.fromByte - 1 }] : [event]
      )
  },
  {
    lie: "loses the last byte of what it follows",
    breaks: "following a job gives its log, every byte once and in order, and ends with the job",
    of: (honest) =>
      monitoring(honest, (event, { follow }) =>
        event._tag === "Log" && follow && event.fromByte > 0 ? [{ ...event, bytes: event.bytes.slice(0, -1) }] : [event]
      )
  },
  {
    lie: "begins again with the line instead of the byte",
    breaks: "a log can be read again from any byte",
    of: (honest) =>
      monitoring(honest, (event, { follow }) =>
        event._tag === "Log" && !follow && event.fromByte === 1 ? [{ ...event, bytes: event.bytes.slice(6) }] : [event]
      )
  },
  {
    lie: "starts a unit as often as it is told to",
    breaks: "a unit is started once, however often it is asked for",
    of: (honest) => {
      const starts = new Map<string, number>()
      const counting = using(honest, ({ train }) => ({
        train: (id, request) =>
          Effect.suspend(() => {
            starts.set(request.unit, (starts.get(request.unit) ?? 0) + 1)
            return train(id, request)
          })
      }))
      return using(counting, ({ monitor }) => ({
        monitor: (id, unit, options) =>
          Stream.map(monitor(id, unit, options), (event) =>
            event._tag === "Log"
              ? {
                  ...event,
                  bytes: Uint8Array.from(Array.from({ length: starts.get(unit) ?? 1 }, () => [...event.bytes]).flat())
                }
              : event
          )
      }))
    }
  },
  {
    lie: "takes every end for a success",
    breaks: "the exit code decides what became of a job",
    of: (honest) => saying(honest, (status) => (status.state === "Failed" ? { ...status, state: "Completed" } : status))
  },
  {
    lie: "knows units that nobody started",
    breaks: "a unit that nobody started is Absent",
    of: (honest) =>
      using(honest, ({ status }) => ({
        status: (id, unit) =>
          Effect.map(status(id, unit), (said) => (unit.includes("nobody") ? { ...said, state: "Completed" } : said))
      }))
  },
  {
    lie: "takes a stop for a preemption",
    breaks: "a job that is stopped is Cancelled, and prints nothing more",
    of: (honest) =>
      saying(honest, (status) => (status.reason === "stop" ? { ...status, state: "Interrupted" } : status))
  },
  {
    lie: "takes a preemption for a stop",
    breaks: "a job stopped for a preemption is Interrupted",
    of: (honest) =>
      saying(honest, (status) => (status.reason === "preempted" ? { ...status, state: "Cancelled" } : status))
  },
  {
    lie: "cancels what is over",
    breaks: "stopping what is over changes nothing",
    of: (honest) => {
      const stopped = new Set<string>()
      return using(honest, ({ status, stop }) => ({
        stop: (id, unit, how) => {
          stopped.add(unit)
          return stop(id, unit, how)
        },
        status: (id, unit) =>
          Effect.map(status(id, unit), (said) =>
            stopped.has(unit) && said.state === "Completed" ? { ...said, state: "Cancelled" } : said
          )
      }))
    }
  },
  {
    lie: "forgets deadlines",
    breaks: "a job ends at its deadline",
    of: (honest) =>
      using(honest, ({ train }) => ({ train: (id, request) => train(id, { ...request, deadline: undefined }) }))
  },
  {
    lie: "only says that it moved a deadline",
    breaks: "a deadline that was moved no longer ends a job",
    of: (honest) =>
      using(honest, ({ status }) => ({
        extend: (id, unit, deadline) => Effect.map(status(id, unit), (said) => ({ ...said, deadline }))
      }))
  },
  {
    lie: "keeps what was released",
    breaks: "a unit that was released is Absent",
    of: (honest) => using(honest, () => ({ release: () => Effect.void }))
  },
  {
    lie: "lets jobs go on without a machine",
    breaks: "no job goes on when its machine is terminated",
    of: (honest) =>
      saying(honest, (status) => (status.reason === "lost" ? { ...status, state: "Running", reason: null } : status))
  },
  {
    lie: "tells digests of something else",
    breaks: "outputs are told with their digests, and arrive as they left",
    of: (honest) =>
      using(honest, ({ outputs }) => ({
        outputs: (id, unit) =>
          Effect.map(outputs(id, unit), (all) => all.map((file) => ({ ...file, sha256: "0".repeat(64) })))
      }))
  },
  {
    lie: "leaves an output behind",
    breaks: "outputs are told with their digests, and arrive as they left",
    of: (honest) =>
      using(honest, ({ collect }) => ({
        collect: (id, unit, path) => Effect.map(collect(id, unit, path), (all) => all.slice(1))
      }))
  },
  {
    lie: "tells the digest of another checkpoint",
    breaks: "a checkpoint is told, and can be fetched while the job goes on",
    of: (honest) =>
      using(honest, ({ fetchCheckpoint }) => ({
        fetchCheckpoint: (id, unit, path, target) =>
          Effect.map(fetchCheckpoint(id, unit, path, target), (file) => ({ ...file, sha256: "0".repeat(64) }))
      }))
  },
  {
    lie: "brings a file to another name",
    breaks: "a file that is brought there and back is the same",
    of: (honest) =>
      using(honest, ({ upload }) => ({
        upload: (id, local, remote) => upload(id, local, `${remote}.part`)
      }))
  }
]
