/**
 * A cloud that does what clouds do to their users: answers that are lost, late, stale or given twice, machines that appear
 * later than they are made, and other people's machines that look like ours.
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { JobRequest, UnitId } from "@runctl/core/Job"
import { OwnerId, toName } from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { isBillable, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import type { AnyTrainingProvider, CreateRequest } from "@runctl/core/TrainingProvider"
import * as FakeJobs from "@runctl/testkit/FakeJobs"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Stream from "effect/Stream"
import { noFiles } from "./files.ts"
import type { Random } from "./random.ts"
import type { SimProcess } from "./SimProcess.ts"
import { clockAt, type VirtualTime } from "./VirtualTime.ts"

/** How unkind the cloud is, until its faults stop. */
export interface Weather {
  readonly idempotency: Capabilities["idempotency"]
  readonly visibleAfterMillis: number
  readonly bootMillis: number
  readonly endMillis: number
  readonly lostReply: number
  readonly lostRequest: number
  readonly lateEffect: number
  readonly twice: number
  readonly stale: number
  readonly refusal: number
  readonly strangers: boolean
}

export const provider = "fake"

/** A request is still carried out at most this much later than it was sent. */
const latestEffect = 90_000

/** A read is never older. */
const stalest = 30_000

export class SimCloud {
  readonly touched: Array<ResourceId> = []
  /** Units that were started while another attempt of their run still ran. */
  readonly doubles: Array<string> = []
  /** When each machine was asked for, by key, as the cloud got it. */
  readonly arrivals: Array<{ readonly key: string; readonly at: number }> = []
  readonly #time: VirtualTime
  readonly #random: Random
  readonly #weather: Weather
  readonly #fake: Effect.Success<ReturnType<typeof FakeJobs.make>>
  /** Where each run was started, by its id: the unit and its machine. */
  readonly #started = new Map<string, Array<{ readonly unit: UnitId; readonly machine: ResourceId }>>()
  readonly #planted: Array<Resource> = []
  /** From when on nothing goes wrong any more. */
  #calmFrom = Infinity

  constructor(time: VirtualTime, random: Random, weather: Weather) {
    this.#time = time
    this.#random = random
    this.#weather = weather
    const made = FakeJobs.make({
      name: provider,
      capabilities: { idempotency: weather.idempotency },
      visibleAfter: weather.visibleAfterMillis,
      bootsFor: weather.bootMillis,
      endsFor: weather.endMillis
    })
    this.#fake = Effect.runSync(Effect.provide(made, Layer.merge(Path.layer, noFiles)))
  }

  calmDown(): void {
    this.#calmFrom = this.#time.now
  }

  /** Every machine of ours there ever was, as it is now. */
  get machines(): ReadonlyArray<Resource> {
    return Effect.runSync(this.#fake.cloud.machines.pipe(this.#atTime(0)))
  }

  get billing(): ReadonlyArray<Resource> {
    return this.machines.filter(isBillable)
  }

  endedAt(id: ResourceId): number | undefined {
    return Effect.runSync(this.#fake.cloud.endedAt(id))
  }

  /** The cloud wants its machines back. */
  takeBack(): void {
    for (const { id } of this.billing) Effect.runSync(this.#fake.cloud.preempt(id).pipe(this.#atTime(0)))
  }

  /** Somebody makes a machine from an image of ours, tags and all; somebody else calls theirs like ours. */
  plantBeside(ours: Resource): void {
    const launchTime = DateTime.makeUnsafe(this.#time.now)
    const copy = { ...ours, launchTime }
    // Where names are unique nobody can take the name of one that lives.
    if (this.#weather.idempotency !== "name") this.#planted.push({ ...copy, id: this.#strangerId() })
    this.#planted.push(
      { ...copy, id: this.#strangerId(), name: "somebody-elses-copy" },
      { ...copy, id: this.#strangerId(), owner: OwnerId.make("stranger"), name: toName(markOf(ours)) }
    )
  }

  /** The provider as one process sees it. */
  seenBy(process: SimProcess): AnyTrainingProvider {
    const base = this.#fake.provider
    const changing = <A>(name: string, effect: Effect.Effect<A, ProviderError.ProviderError>) =>
      this.#hooked(process, name, this.#changing(operationOf(name), effect))
    const reading = <A>(name: string, effect: Effect.Effect<A, ProviderError.ProviderError>) =>
      this.#hooked(process, name, this.#reading(effect))
    const { using } = base
    return {
      ...base,
      using: {
        ...using,
        train: (id, wanted) => this.#hooked(process, "train", this.#train(id, wanted)),
        prepare: (id, wanted) => Stream.unwrap(Effect.as(process.step("before prepare"), using.prepare(id, wanted))),
        collect: (id, unit, path) => this.#hooked(process, "collect", using.collect(id, unit, path))
      },
      createResource: (request) => changing("createResource", this.#create(request)),
      terminate: (id) =>
        changing(
          "terminate",
          Effect.suspend(() => {
            if (this.#planted.some((each) => each.id === id)) this.touched.push(id)
            return base.terminate(id)
          })
        ),
      getResource: (id) =>
        reading(
          "getResource",
          Effect.suspend(() => {
            const planted = this.#planted.find((each) => each.id === id)
            return planted === undefined ? base.getResource(id) : Effect.succeed(planted)
          })
        ),
      listResources: reading(
        "listResources",
        Effect.map(base.listResources, (listed) => [...this.#planted, ...listed])
      )
    }
  }

  #train(id: ResourceId, wanted: JobRequest) {
    const { using } = this.#fake.provider
    return Effect.tap(using.train(id, wanted), () =>
      Effect.gen({ self: this }, function* () {
        const run = wanted.unit.slice(0, wanted.unit.lastIndexOf("-"))
        const others = (this.#started.get(run) ?? []).filter(({ unit }) => unit !== wanted.unit)
        for (const { machine, unit } of others) {
          const status = yield* Effect.option(using.status(machine, unit))
          if (status._tag === "Some" && status.value.state === "Running") this.doubles.push(wanted.unit)
        }
        this.#started.set(run, [...others, { unit: wanted.unit, machine: id }])
      })
    )
  }

  #create(request: CreateRequest): Effect.Effect<Resource, ProviderError.ProviderError> {
    return Effect.suspend(() => {
      this.arrivals.push({ key: request.mark.key, at: this.#time.now })
      return this.#fake.provider.createResource(request)
    })
  }

  #hooked<A, E>(process: SimProcess, name: string, call: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return process.step(`before ${name}`).pipe(
      Effect.andThen(call),
      Effect.tap(() => process.step(`after ${name}`))
    )
  }

  get #isCalm(): boolean {
    return this.#time.now >= this.#calmFrom
  }

  #strikes(probability: number): boolean {
    return !this.#isCalm && this.#random.chance(probability)
  }

  /** Carries out a request at its own time, whatever its sender does meanwhile. */
  #later(effect: Effect.Effect<unknown, unknown>, millis: number): void {
    this.#time.at(this.#time.now + millis, () => Effect.runSync(Effect.ignore(effect.pipe(this.#atTime(0)))))
  }

  #changing<A>(
    operation: ProviderError.Operation,
    effect: Effect.Effect<A, ProviderError.ProviderError>
  ): Effect.Effect<A, ProviderError.ProviderError> {
    const failed = (reason: ProviderError.Reason) =>
      Effect.fail(new ProviderError.ProviderError({ provider, operation, reason }))
    const lost = failed(new ProviderError.OutcomeUnknown({ message: "the connection was cut" }))
    return Effect.suspend(() => {
      const { lateEffect, lostReply, lostRequest, refusal, twice } = this.#weather
      if (this.#strikes(refusal)) return failed(new ProviderError.Unavailable({ message: "away" }))
      if (this.#strikes(lostRequest)) return lost
      if (this.#strikes(lateEffect)) {
        this.#later(effect, this.#random.whole(0, latestEffect))
        return lost
      }
      const again = this.#strikes(twice) ? Effect.andThen(Effect.ignore(effect), effect) : effect
      return this.#strikes(lostReply) ? Effect.andThen(Effect.ignore(again), lost) : again
    }).pipe(this.#taking)
  }

  #reading<A>(effect: Effect.Effect<A, ProviderError.ProviderError>): Effect.Effect<A, ProviderError.ProviderError> {
    return Effect.suspend(() => {
      const age = this.#strikes(this.#weather.stale) ? this.#random.whole(0, stalest) : 0
      return effect.pipe(this.#atTime(age))
    }).pipe(this.#taking)
  }

  /** Every call takes its time. */
  readonly #taking = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.andThen(
      Effect.suspend(() => Effect.sleep(this.#random.whole(20, 400))),
      effect
    )

  /** As it was some time ago: everything in this cloud is a function of time. */
  #atTime(age: number): <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E> {
    return Effect.provideService(
      Clock.Clock,
      clockAt(() => this.#time.now - age)
    )
  }

  #strangerId(): ResourceId {
    return resourceId(provider, "fake-1", `stranger-${this.#planted.length + 1}-${this.#random.whole(0, 1e9)}`)
  }
}

const operationOf = (name: string): ProviderError.Operation => (name === "terminate" ? "terminate" : "createResource")

const markOf = ({ deadline, key, owner }: Resource) => ({
  owner,
  key,
  deadlineEpochSeconds: deadline === undefined ? 0 : Math.ceil(DateTime.toEpochMillis(deadline) / 1000)
})
