/**
 * What the fake cloud remembers, and what it answers when nothing goes wrong.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type Offer, priceOf } from "@runctl/core/Offer"
import { toName } from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { type EndedBy, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import { Terminated } from "@runctl/core/ResourceState"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { diskUsdPerHour, type FakeMachine, stateAt, type Timing, toResource } from "./fakeMachine.ts"

const region = "fake-1"

const shapes = [
  { instanceType: "cpu-2", gpuCount: 0, vcpus: 2, memoryGiB: GiB.make(4), diskGiB: GiB.make(40), usd: 0.05 },
  {
    instanceType: "h100-1",
    gpu: "H100",
    gpuCount: 1,
    gpuMemoryGiB: GiB.make(80),
    vcpus: 26,
    memoryGiB: GiB.make(200),
    diskGiB: GiB.make(500),
    usd: 2.5
  }
]

const missing = (id: ResourceId) => new ProviderError.NotFound({ message: `there is no machine ${id}` })

/** An empty cloud. */
export const make = (name: string, can: Capabilities, timing: Timing) => {
  const factors = new Map<string, number>()
  const machines = new Map<ResourceId, FakeMachine>()
  const removedCompanions = new Set<string>()

  const offers = Effect.map(DateTime.now, (asOf) =>
    shapes.map(({ usd, ...shape }): Offer => {
      const price = usd * (factors.get(shape.instanceType) ?? 1)
      const spot = can.spot === "none" ? {} : { spotUsdPerHour: UsdPerHour.make(price * 0.4) }
      const onDemandUsdPerHour = UsdPerHour.make(price)
      // The disk is charged apart, whatever its size.
      const diskUsdPerGiBHour = diskUsdPerHour / shape.diskGiB
      const prices = { onDemandUsdPerHour, ...spot, diskUsdPerGiBHour }
      return { provider: name, region, ...shape, ...prices, source: "a fake cloud", asOf }
    })
  )

  const offered = Effect.fnUntraced(function* (instanceType: string) {
    const offer = (yield* offers).find((each) => each.instanceType === instanceType)
    return offer ?? (yield* new ProviderError.Rejected({ message: `there is no instance type "${instanceType}"` }))
  })

  const shown = (machine: FakeMachine, now: number): Resource | undefined => {
    const state = stateAt(machine, now, timing)
    if (state === undefined || now < machine.createdAt + timing.visibleAfter) return undefined
    return toResource(machine, can.stop, state)
  }

  const find = Effect.fnUntraced(function* (id: ResourceId) {
    const now = yield* Clock.currentTimeMillis
    const machine = machines.get(id)
    const resource = machine === undefined ? undefined : shown(machine, now)
    if (machine === undefined || resource === undefined) return yield* missing(id)
    return { machine, resource, now }
  })

  /** The machine that a repeated creation is answered with. */
  const sameAs = ({ mark }: CreateRequest, now: number): FakeMachine | undefined => {
    const all = [...machines.values()].filter((machine) => machine.mark.key === mark.key)
    if (can.idempotency === "none") return undefined
    if (can.idempotency === "token") return all[0]
    const living = all.filter(({ end }) => end === undefined)
    return can.idempotency === "name" ? living[0] : living.find((machine) => shown(machine, now) !== undefined)
  }

  const create = Effect.fnUntraced(function* (request: CreateRequest) {
    const { bootstrap, market, mark, priceLimit } = request
    const offer = yield* offered(request.offer.instanceType)
    const price = priceOf(offer, market)
    if (price === undefined)
      return yield* new ProviderError.UnsupportedCapability({ message: "there is no spot market" })
    if (priceLimit !== undefined && price > priceLimit) {
      return yield* new ProviderError.PriceTooLow({
        message: `it costs $${price}/h, at most $${priceLimit}/h was agreed`,
        usdPerHour: price
      })
    }
    if (bootstrap.format !== "none" && can.userData === "none") {
      return yield* new ProviderError.Rejected({ message: "this cloud runs nothing at boot" })
    }
    const now = yield* Clock.currentTimeMillis
    const same = sameAs(request, now)
    if (same !== undefined) return toResource(same, can.stop, stateAt(same, now, timing) ?? Terminated)
    const machine: FakeMachine = {
      id: resourceId(name, region, `m-${machines.size + 1}`),
      mark,
      instanceType: offer.instanceType,
      market,
      usdPerHour: price,
      createdAt: now,
      switches: [],
      end: undefined
    }
    machines.set(machine.id, machine)
    return toResource(machine, can.stop, stateAt(machine, now, timing) ?? Terminated)
  })

  const switched = Effect.fnUntraced(function* (id: ResourceId, on: boolean) {
    if (can.stop === "none")
      return yield* new ProviderError.UnsupportedCapability({ message: "nothing can be stopped" })
    const { machine, now } = yield* find(id)
    if (machine.end !== undefined) return yield* missing(id)
    const changed = { ...machine, switches: [...machine.switches, { at: now, on }] }
    machines.set(id, changed)
    return toResource(changed, can.stop, stateAt(changed, now, timing) ?? Terminated)
  })

  const end = (id: ResourceId, by: EndedBy) =>
    Effect.map(Clock.currentTimeMillis, (at) => {
      const machine = machines.get(id)
      if (machine !== undefined && machine.end === undefined) machines.set(id, { ...machine, end: { at, by } })
    })

  /** Taken back and kept: it does not run, and what goes on while stopped is charged. */
  const halt = (id: ResourceId) =>
    Effect.map(Clock.currentTimeMillis, (at) => {
      const machine = machines.get(id)
      if (machine === undefined || machine.end !== undefined) return
      machines.set(id, { ...machine, switches: [...machine.switches, { at, on: false, isPreemption: true }] })
    })

  /** A volume with each machine, which goes when we end the machine and stays when somebody else does. */
  const companions = Effect.sync(() =>
    [...machines.values()]
      .filter((machine) => machine.end?.by !== "us")
      .map(({ id, mark }) => ({
        id: `volume of ${id}`,
        kind: "volume",
        name: toName(mark),
        owner: mark.owner,
        key: mark.key
      }))
      .filter((companion) => !removedCompanions.has(companion.id))
  )

  return {
    offers,
    offered,
    create,
    find,
    switched,
    end,
    halt,
    /** The machine as it is, shown or not. */
    known: (id: ResourceId) =>
      Effect.suspend(() => {
        const machine = machines.get(id)
        return machine === undefined ? Effect.fail(missing(id)) : Effect.succeed(machine)
      }),
    machines: Effect.sync(() => [...machines.values()]),
    shown: Effect.map(Clock.currentTimeMillis, (now) =>
      [...machines.values()].flatMap((machine) => shown(machine, now) ?? [])
    ),
    companions,
    removeCompanion: (id: string) =>
      Effect.sync(() => {
        removedCompanions.add(id)
      }),
    reprice: (instanceType: string, factor: number) =>
      Effect.sync(() => {
        factors.set(instanceType, factor)
      })
  }
}
