/**
 * Laws about the end of machines, and about switching them off and on.
 *
 * @since 0.1.0
 */
import { isBillable, type Resource, resourceId } from "@runctl/core/Resource"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import type { Law } from "../../Law.ts"
import { check, eventually, look, refuses, rent, rentRunning, running } from "../rent.ts"

const isGone = (resource: Resource | undefined): boolean =>
  resource === undefined || resource.state._tag === "Terminated"

const untilGone = ({ id }: Resource) => eventually(look(id), isGone, `${id} was terminated and is not gone`)

export const laws: ReadonlyArray<Law> = [
  {
    name: "a terminated machine is gone, or Terminated, and never costs again",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const machine = yield* rentRunning()
      yield* provider.terminate(machine.id)
      const last = yield* untilGone(machine)
      // Whoever follows it would ask again for ever what may be asked again.
      if (last !== undefined) {
        yield* refuses(provider.endpoint(last), "asking where it is reached", "NotFound", "UnsupportedCapability")
      }
      const again = (yield* provider.listResources).find(({ id }) => id === machine.id)
      yield* check(again === undefined || !isBillable(again), `${machine.id} is listed as ${again?.state._tag}`)
      yield* check((again?.costPerHour ?? 0) === 0, `${machine.id} is gone and costs $${again?.costPerHour}/h`)
    })
  },
  {
    name: "nothing that was made beside a machine stays when it is terminated",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const machine = yield* rentRunning()
      yield* provider.terminate(machine.id)
      yield* untilGone(machine)
      yield* eventually(
        provider.companions.list,
        (all) => all.every(({ key }) => key !== machine.key),
        `something made beside ${machine.id} stays`
      )
    })
  },
  {
    name: "terminating again succeeds",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const machine = yield* rentRunning()
      yield* provider.terminate(machine.id)
      yield* provider.terminate(machine.id)
      yield* untilGone(machine)
      yield* provider.terminate(machine.id)
    })
  },
  {
    name: "terminating many times at once succeeds",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const machine = yield* rentRunning()
      yield* Effect.all(
        Array.from({ length: 5 }, () => provider.terminate(machine.id)),
        { concurrency: "unbounded" }
      )
      yield* untilGone(machine)
    })
  },
  {
    name: "terminating what never was succeeds, and ends nothing else",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const machine = yield* rentRunning()
      const [, region = "nowhere"] = machine.id.split("/")
      for (const nativeId of ["0", "no-such-machine", "z".repeat(20)]) {
        yield* provider.terminate(resourceId(provider.name, region, nativeId))
      }
      const still = yield* look(machine.id)
      yield* check(still?.state._tag === "Running", "it ended a machine that nobody named")
    })
  },
  {
    name: "removing a companion that never was succeeds",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      yield* provider.companions.remove("no-such-companion")
    })
  },
  {
    name: "a stopped machine is Stopped, keeps its mark and runs again when started",
    needs: { what: "providers that can stop machines", from: ({ stop }) => stop !== "none" },
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const machine = yield* rentRunning()
      yield* provider.stopResource(machine.id)
      const stopped = yield* eventually(
        look(machine.id),
        (each) => each?.state._tag === "Stopped",
        `${machine.id} was stopped and does not come to be Stopped`
      )
      yield* check(stopped?.key === machine.key, `${machine.id} lost its mark when it was stopped`)
      yield* check((stopped?.costPerHour ?? 0) <= machine.costPerHour, `${machine.id} costs more stopped than running`)
      yield* provider.startResource(machine.id)
      yield* running(machine)
    })
  },
  {
    name: "who cannot stop machines says so, and leaves them running",
    needs: { what: "providers that cannot stop machines", from: ({ stop }) => stop === "none" },
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const machine = yield* rentRunning()
      yield* refuses(provider.stopResource(machine.id), "stopping", "UnsupportedCapability")
      yield* refuses(provider.startResource(machine.id), "starting", "UnsupportedCapability")
      const still = yield* look(machine.id)
      yield* check(still?.state._tag === "Running", "it was stopped all the same")
    })
  },
  {
    name: "a script to end the machine from inside is there when it ends some billing",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const machine = yield* rent()
      const script = provider.endActionScript(machine)
      const { endAction } = provider.capabilities
      yield* check(
        script !== undefined || endAction === "stopsJobOnly",
        `its end action is "${endAction}", and there is no script for it`
      )
    })
  },
  {
    name: "a machine that was just rented was not taken back",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const { preempted } = yield* provider.preemptionEvidence(yield* rentRunning())
      yield* check(preempted !== "yes", "it says that a running machine was taken back")
    })
  }
]
