import { OwnerId } from "@runctl/core/Ownership"
import { type ProviderError, Rejected } from "@runctl/core/ProviderError"
import type { Resource } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Struct from "effect/Struct"
import { creating, failed, listing, message, type PlantedLie } from "./lying.ts"

export const markLies: ReadonlyArray<PlantedLie> = [
  {
    lie: "lists machines with another deadline",
    breaks: "a rented machine comes to run, and is listed with the mark it was rented under",
    of: (honest) => listing(honest, (resource) => ({ ...resource, deadline: DateTime.makeUnsafe(0) }))
  },
  {
    lie: "loses names and tags",
    breaks: "the mark can be read from a machine's name or tags, and both say the same",
    of: (honest) => listing(honest, (resource) => ({ ...Struct.omit(resource, ["name"]), tags: {} }))
  },
  {
    lie: "gives the tags of another machine",
    breaks: "the mark can be read from a machine's name or tags, and both say the same",
    of: (honest) =>
      listing(honest, (resource) => ({ ...resource, tags: { ...resource.tags, "runctl-deadline": "1234567890" } }))
  },
  {
    lie: "gets something else than it lists",
    breaks: "what is rented, got and listed is one and the same well-formed thing",
    of: (honest) => listing(honest, (resource) => ({ ...resource, instanceType: "cpu-4" }))
  },
  {
    lie: "rents again once the first call is over",
    breaks: "the same key again is the same machine",
    options: { capabilities: { idempotency: "none" } },
    of: (honest) => {
      const calls = new Map<string, Effect.Effect<Resource, ProviderError>>()
      const create: AnyTrainingProvider["createResource"] = (request) =>
        Effect.gen(function* () {
          const { key } = request.mark
          const call = calls.get(key) ?? (yield* Effect.cached(Effect.delay(honest.createResource(request), 10)))
          calls.set(key, call)
          return yield* Effect.ensuring(
            call,
            Effect.sync(() => calls.delete(key))
          )
        })
      return { ...creating(honest, create), capabilities: { ...honest.capabilities, idempotency: "token" } }
    }
  },
  {
    lie: "looks for the key in a list that lags behind",
    breaks: "the same key many times at once is one machine",
    options: { capabilities: { idempotency: "tag" }, visibleAfter: "1 second" },
    of: (honest) => ({ ...honest, capabilities: { ...honest.capabilities, idempotency: "token" } })
  },
  {
    lie: "takes two rents at the same moment for one",
    breaks: "another key is another machine",
    of: (honest) => {
      const last = new Map<string, Resource>()
      return creating(honest, (request) =>
        Effect.gen(function* () {
          const moment = `${yield* Clock.currentTimeMillis} ${request.mark.owner}`
          const same = last.get(moment)
          const there = same === undefined ? undefined : yield* honest.getResource(same.id)
          if (there?.state._tag === "Running") return there
          const machine = yield* honest.createResource(request)
          last.set(moment, machine)
          return machine
        })
      )
    }
  },
  {
    lie: "takes every machine for ours",
    breaks: "a machine of somebody else is listed as theirs, and stays when ours ends",
    of: (honest) => listing(honest, (resource) => ({ ...resource, owner: OwnerId.make("lawsuite") }))
  },
  {
    lie: "refuses a label of two lines",
    breaks: "strange labels are accepted and do no harm to the mark",
    of: (honest) =>
      creating(honest, (request) =>
        request.label?.includes("\n") === true
          ? Effect.fail(failed("createResource", new Rejected({ message })))
          : honest.createResource(request)
      )
  },
  {
    lie: "makes up machines that never were",
    breaks: "what never was cannot be got",
    of: (honest) => {
      const made: Array<Resource> = []
      return {
        ...creating(honest, (request) =>
          Effect.tap(honest.createResource(request), (machine) => Effect.sync(() => made.push(machine)))
        ),
        getResource: (id) =>
          Effect.catch(honest.getResource(id), (error) => {
            const any = made.at(-1)
            return any === undefined ? Effect.fail(error) : Effect.succeed(any)
          })
      }
    }
  }
]
