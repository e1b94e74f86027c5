import { assert, it } from "@effect/vitest"
import { Conflict, ProviderError } from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { parts, type ResourceId } from "@runctl/core/Resource"
import { type AnyTrainingProvider, TrainingProvider } from "@runctl/core/TrainingProvider"
import { judge } from "@runctl/testkit/Law"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { layer } from "./rented.ts"

const aboutShells = ProviderLaws.laws.filter(({ needs }) => needs?.what.includes("have a shell"))
const everyOne = aboutShells.map(({ name }) => name)

interface Honest {
  readonly provider: AnyTrainingProvider
  readonly fs: FileSystem.FileSystem
  readonly home: string
}

/** Holds a changed local provider to the laws about shells; the honest one cleans up behind it. */
const brokenLaws = (lie: (honest: Honest) => AnyTrainingProvider) =>
  Effect.gen(function* () {
    const provider = yield* TrainingProvider
    const { home } = yield* PluginContext
    const liar = lie({ provider, home, fs: yield* FileSystem.FileSystem })
    const rented = new Set<ResourceId>()
    const watched: AnyTrainingProvider = {
      ...liar,
      createResource: (request) =>
        Effect.tap(liar.createResource(request), ({ id }) => Effect.sync(() => rented.add(id)))
    }
    const cleanUp = Effect.suspend(() => Effect.forEach(rented, (id) => Effect.orDie(provider.terminate(id))))
    const verdicts = yield* Effect.forEach(aboutShells, judge).pipe(
      Effect.provide(ProviderLaws.services({ every: "20 millis", within: "1 second", timeout: "30 seconds" })),
      Effect.provideService(TrainingProvider, watched),
      Effect.ensuring(cleanUp)
    )
    return everyOne.filter((_, index) => verdicts[index]?._tag === "Broken")
  }).pipe(Effect.provide(layer))

it.live("a local provider that removes the folder and leaves the processes breaks one law", () =>
  Effect.gen(function* () {
    const broken = yield* brokenLaws(({ fs, home, provider }) => ({
      ...provider,
      terminate: (id) =>
        Effect.orDie(fs.remove(`${home}/machines/${parts(id).nativeId}`, { recursive: true, force: true }))
    }))
    assert.deepStrictEqual(broken, [
      "terminating ends what runs on the machine, even what was left behind and does not listen"
    ])
  })
)

it.live("one whose machines share a home breaks one law", () =>
  Effect.gen(function* () {
    const broken = yield* brokenLaws(({ home, provider }) => ({
      ...provider,
      endpoint: (resource) => Effect.map(provider.endpoint(resource), (endpoint) => ({ ...endpoint, home }))
    }))
    assert.deepStrictEqual(broken, ["two machines do not see each other's files"])
  })
)

it.live("one whose machines are reached while they are stopped breaks one law", () =>
  Effect.gen(function* () {
    const broken = yield* brokenLaws(({ home, provider }) => ({
      ...provider,
      endpoint: ({ id, key }) =>
        Effect.succeed({
          _tag: "Local",
          home: `${home}/machines/${parts(id).nativeId}/home`,
          environment: { RUNCTL_MACHINE: `${key},` }
        })
    }))
    assert.deepStrictEqual(broken, ["a stopped machine is not reached, and has its files again when started"])
  })
)

it.live("one whose machines are never reached breaks every law that asks for a shell", () =>
  Effect.gen(function* () {
    const reason = new Conflict({ message: "not yet" })
    const never = new ProviderError({ provider: "local", operation: "endpoint", reason })
    const broken = yield* brokenLaws(({ provider }) => ({ ...provider, endpoint: () => Effect.fail(never) }))
    assert.deepStrictEqual(broken, everyOne)
  })
)
