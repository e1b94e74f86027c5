/**
 * What an id or a name stands for: a run, or a machine.
 */
import { defaults } from "@runctl/core/Defaults"
import { UnknownProvider } from "@runctl/core/ProviderRegistry"
import { Providers } from "@runctl/runtime/Providers"
import { Resources, type ResourceView } from "@runctl/runtime/Resources"
import { Runs } from "@runctl/runtime/Runs"
import type { RunRecord } from "@runctl/runtime/RunRecord"
import * as Effect from "effect/Effect"
import { viewAnswer } from "./views/list.ts"

/** A run or a machine. */
export type Found =
  | { readonly _tag: "Run"; readonly run: RunRecord }
  | { readonly _tag: "Machine"; readonly view: ResourceView }

const providerOf = (id: string): string => id.split("/")[0] ?? ""

/** A machine as its provider sees it now, and as we remember it. */
export const liveMachine = Effect.fnUntraced(function* (wanted: string) {
  const resources = yield* Resources
  const known = yield* resources.get(wanted)
  const listing = yield* resources.list({ offline: false, providers: [providerOf(known.id)] })
  return listing.resources.find(({ id }) => id === known.id) ?? known
})

/** What the machine's own clocks say; nothing where it has none, and a word why when it cannot be asked. */
export const machineClock = ({ live, ours, resource }: ResourceView) =>
  !live || !ours || resource?.state._tag !== "Running"
    ? Effect.succeed(undefined)
    : Effect.flatMap(Providers, (providers) => providers.get(providerOf(resource.id))).pipe(
        Effect.flatMap(({ using }) => using.clockStatus(resource.id)),
        Effect.timeout(defaults.connect),
        Effect.catch(({ message }) =>
          Effect.as(Effect.logWarning(`the machine's own clocks could not be asked: ${message}`), undefined)
        )
      )

/** A run by its id or name, else a machine as we remember it. */
export const runOrMachine = Effect.fnUntraced(function* (wanted: string) {
  const runs = yield* Runs
  const resources = yield* Resources
  return yield* Effect.map(runs.get(wanted), (run): Found => ({ _tag: "Run", run })).pipe(
    Effect.catchTag("UnknownRun", (unknown) =>
      Effect.map(resources.get(wanted), (view): Found => ({ _tag: "Machine", view })).pipe(
        // Machines have slashes in their ids, runs do not: the nearer of the two is what was meant.
        Effect.catchTag("UnknownResource", (error) => Effect.fail(wanted.includes("/") ? error : unknown))
      )
    )
  )
})

/** Machines as we remember them. */
export const lookAtAll = (ids: ReadonlyArray<string>) =>
  Effect.flatMap(Resources, (resources) =>
    Effect.forEach(ids, (id) => Effect.map(resources.get(id), (view) => viewAnswer(view, Date.now())))
  )

/** The run that is going on on a machine. */
export const runOn = Effect.fnUntraced(function* (wanted: string) {
  const { id } = yield* Effect.flatMap(Resources, (resources) => resources.get(wanted))
  const all = yield* Effect.flatMap(Runs, ({ list }) => list)
  return all.find((run) => run.phase !== "Closed" && run.attempts.at(-1)?.resource === id)
})

/** Refuses a name that no provider has. */
export const requireProvider = Effect.fnUntraced(function* (name: string) {
  const known = (yield* Effect.flatMap(Providers, ({ list }) => list)).map(({ manifest }) => manifest.name)
  if (!known.includes(name)) return yield* new UnknownProvider({ name, known })
})

/** A run by its id or name, or the one that is going on on a machine. */
export const runFor = Effect.fnUntraced(function* (wanted: string) {
  const runs = yield* Runs
  return yield* Effect.catchTag(runs.get(wanted), "UnknownRun", (unknown) =>
    runOn(wanted).pipe(
      Effect.catchTag("UnknownResource", () => Effect.fail(unknown)),
      Effect.filterOrFail(
        (run) => run !== undefined,
        () => unknown
      )
    )
  )
})
