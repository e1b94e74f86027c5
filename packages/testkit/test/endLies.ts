import { Conflict, NotFound } from "@runctl/core/ProviderError"
import { Running } from "@runctl/core/ResourceState"
import type { Companion } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { creating, failed, listing, message, type PlantedLie } from "./lying.ts"

export const endLies: ReadonlyArray<PlantedLie> = [
  {
    lie: "lists for ever what is gone",
    breaks: "a terminated machine is gone, or Terminated, and never costs again",
    of: (honest) => listing(honest, (resource) => ({ ...resource, state: Running }))
  },
  {
    lie: "says that what is gone is not reached yet",
    breaks: "a terminated machine is gone, or Terminated, and never costs again",
    of: (honest) => ({
      ...honest,
      endpoint: (resource) =>
        resource.state._tag === "Terminated" ? failed("endpoint", new Conflict({ message })) : honest.endpoint(resource)
    })
  },
  {
    lie: "leaves volumes behind",
    breaks: "nothing that was made beside a machine stays when it is terminated",
    of: (honest) => {
      const seen = new Map<string, Companion>()
      const list = Effect.map(honest.companions.list, (all) => {
        for (const each of all) seen.set(each.id, each)
        return [...seen.values()]
      })
      return {
        ...creating(honest, (request) => Effect.tap(honest.createResource(request), list)),
        companions: { ...honest.companions, list }
      }
    }
  },
  {
    lie: "does not find what it terminated before",
    breaks: "terminating again succeeds",
    options: { endsFor: "1 second" },
    of: (honest) => ({
      ...honest,
      terminate: (id) =>
        Effect.gen(function* () {
          const state = yield* Effect.option(honest.getResource(id))
          if (state._tag === "Some" && state.value.state._tag === "Terminated") {
            return yield* failed("terminate", new NotFound({ message }))
          }
          yield* honest.terminate(id)
        })
    })
  },
  {
    lie: "cannot terminate while it terminates",
    breaks: "terminating many times at once succeeds",
    of: (honest) => {
      const busy = new Set<string>()
      return {
        ...honest,
        terminate: (id) =>
          Effect.gen(function* () {
            if (busy.has(id)) return yield* failed("terminate", new Conflict({ message }))
            busy.add(id)
            yield* Effect.delay(honest.terminate(id), 10)
            busy.delete(id)
          })
      }
    }
  },
  {
    lie: "does not find what never was",
    breaks: "terminating what never was succeeds, and ends nothing else",
    of: (honest) => ({
      ...honest,
      terminate: (id) => Effect.andThen(honest.getResource(id), honest.terminate(id))
    })
  },
  {
    lie: "does not find a companion that is gone",
    breaks: "removing a companion that never was succeeds",
    of: (honest) => ({
      ...honest,
      companions: { ...honest.companions, remove: () => Effect.fail(failed("companions", new NotFound({ message }))) }
    })
  },
  {
    lie: "goes on running when stopped",
    breaks: "a stopped machine is Stopped, keeps its mark and runs again when started",
    of: (honest) => ({ ...honest, stopResource: honest.getResource })
  },
  {
    lie: "says yes to stopping what it cannot stop",
    breaks: "who cannot stop machines says so, and leaves them running",
    options: { capabilities: { stop: "none" } },
    of: (honest) => ({ ...honest, stopResource: honest.getResource })
  },
  {
    lie: "has no script for the end it promises",
    breaks: "a script to end the machine from inside is there when it ends some billing",
    of: (honest) => ({ ...honest, endActionScript: () => undefined })
  },
  {
    lie: "takes every machine for preempted",
    breaks: "a machine that was just rented was not taken back",
    of: (honest) => ({ ...honest, preemptionEvidence: () => Effect.succeed({ preempted: "yes", message }) })
  }
]
