import * as ProviderError from "@runctl/core/ProviderError"
import { isBillable } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import type { Budgets } from "@runctl/runtime/Budgets"
import type { Endings } from "@runctl/runtime/Endings"
import type { HostKeys } from "@runctl/runtime/HostKeys"
import type { Home } from "@runctl/runtime/Home"
import { Journal } from "@runctl/runtime/Journal"
import type { Providers } from "@runctl/runtime/Providers"
import { streams } from "@runctl/runtime/Projections"
import { Records } from "@runctl/runtime/Records"
import { Rents, type RentRequest } from "@runctl/runtime/Rents"
import type { Resources } from "@runctl/runtime/Resources"
import type { Sweeper } from "@runctl/runtime/Sweeper"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { cap, inVirtualTime, rentOf, temporaryFolder, world } from "./fakeWorld.ts"

export const hour = 3_600_000
export const request = (change: Partial<RentRequest["limits"]> = {}, provider = "fake"): RentRequest => ({
  rent: rentOf(provider),
  limits: { deadlineAt: hour, graceSeconds: 0, holdSeconds: 0, budgets: [cap("run/test", 10)], ...change },
  label: "mine",
  run: undefined
})

export const noCapacity = new ProviderError.OutOfCapacity({ message: "none left" })
export const away = new ProviderError.Unavailable({ message: "away" })

export type Cloud = FakeProvider.FakeCloud["Service"]

/** Plays on a fake cloud, whose provider may be changed on the way. */
export const on = <A, E>(
  options: FakeProvider.FakeOptions,
  play: (
    cloud: Cloud,
    provider: AnyTrainingProvider
  ) => Effect.Effect<
    A,
    E,
    Rents | Endings | Resources | Records | Budgets | Journal | Sweeper | HostKeys | Home | Providers
  >,
  change: (provider: AnyTrainingProvider) => AnyTrainingProvider = (provider) => provider
) =>
  Effect.gen(function* () {
    const { cloud, provider } = FakeProvider.make(options)
    const root = yield* temporaryFolder
    const services = yield* world(root, change(provider))
    return yield* inVirtualTime(play(cloud, provider).pipe(Effect.provideContext(services)))
  })

export const living = (cloud: Cloud) => Effect.map(cloud.machines, (all) => all.filter(isBillable))

export const typesOf = (key: string) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    return (yield* journal.read(streams.resource(key))).map(({ type }) => type)
  })

export const reservedIn = (scope: string) =>
  Effect.gen(function* () {
    const { ledger } = yield* (yield* Records).ledger(scope)
    const reserved: ReadonlyArray<number> = Object.values(ledger.reserved)
    const spent: number | undefined = ledger.spent
    return { reserved, spent }
  })

/** The machine whose creation was cut off between the intent and the answer, as the next process finds it. */
export const cutOff = Effect.gen(function* () {
  const rents = yield* Rents
  const records = yield* Records
  const asking = yield* Effect.forkChild(Effect.ignore(rents.rent(request())))
  while ((yield* records.resources).length === 0) yield* Effect.sleep("100 millis")
  yield* Effect.sleep("1 second")
  const [record] = yield* records.resources
  if (record === undefined) return yield* Effect.die(new Error("no intent"))
  yield* Fiber.interrupt(asking)
  return { record }
})
