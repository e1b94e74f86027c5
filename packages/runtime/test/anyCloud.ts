import { isBillable } from "@runctl/core/Resource"
import type { Tried } from "@runctl/runtime/Event"
import type { Limits, Rent } from "@runctl/runtime/Placement"
import { Rents, type RentRequest } from "@runctl/runtime/Rents"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type Cloud, hour } from "./fakeRents.ts"
import { cap, inVirtualTime, rentOf, temporaryFolder, world } from "./fakeWorld.ts"

export const names = ["a", "b", "c"] as const
export type Name = (typeof names)[number]
export type Clouds = Readonly<Record<Name, Cloud>>

/** Three clouds with the same two machines, `a` the cheapest and `c` the dearest of them. */
export const onAny = <A, E, R>(
  play: (clouds: Clouds) => Effect.Effect<A, E, R>,
  options: FakeProvider.FakeOptions = {},
  change: (provider: AnyTrainingProvider) => AnyTrainingProvider = (provider) => provider
) =>
  Effect.gen(function* () {
    const made = {
      a: FakeProvider.make({ ...options, name: "a" }),
      b: FakeProvider.make({ ...options, name: "b" }),
      c: FakeProvider.make({ ...options, name: "c" })
    }
    for (const shape of ["cpu-2", "h100-1"]) {
      yield* made.b.cloud.reprice(shape, 1.2)
      yield* made.c.cloud.reprice(shape, 1.5)
    }
    const root = yield* temporaryFolder
    const services = yield* world(root, ...names.map((name) => change(made[name].provider)))
    const clouds: Clouds = { a: made.a.cloud, b: made.b.cloud, c: made.c.cloud }
    return yield* inVirtualTime(play(clouds).pipe(Effect.provideContext(services)))
  })

/** Rents a machine anywhere, and answers what was told on the way. */
export const rentAny = (change: Partial<Rent> = {}, limits: Partial<Limits> = {}, more: Partial<RentRequest> = {}) =>
  Effect.gen(function* () {
    const tried: Array<Tried> = []
    const request: RentRequest = {
      rent: rentOf("any", { query: { gpu: "H100" }, ...change }),
      limits: {
        deadlineAt: (yield* Clock.currentTimeMillis) + hour,
        graceSeconds: 0,
        holdSeconds: 0,
        budgets: [cap("run/test", 20)],
        ...limits
      },
      label: undefined,
      run: undefined,
      tell: (each) => Effect.sync(() => void tried.push(each)),
      ...more
    }
    const result = yield* Effect.result((yield* Rents).rent(request))
    return { result, tried }
  })

/** The clouds that bill something, once for each machine. */
export const billing = (clouds: Clouds) =>
  Effect.map(
    Effect.forEach(names, (name) => Effect.map(clouds[name].machines, (all) => all.filter(isBillable).map(() => name))),
    (each) => each.flat()
  )

/** How often each cloud was asked for a machine. */
export const asked = (clouds: Clouds) =>
  Effect.forEach(names, (name) =>
    Effect.map(clouds[name].calls, (calls) => calls.filter((call) => call === "createResource").length)
  )

/** Who has rented the machine, or why nobody has. */
export const got = ({ result }: Effect.Success<ReturnType<typeof rentAny>>) =>
  Result.isSuccess(result) ? result.success.provider : result.failure._tag
