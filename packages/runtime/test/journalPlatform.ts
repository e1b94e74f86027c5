import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeFileSystems from "@runctl/platform-node/NodeFileSystems"
import * as NodeProcesses from "@runctl/platform-node/NodeProcesses"
import * as NodeSqlite from "@runctl/platform-node/NodeSqlite"
import { Journal, type JournalFileOptions, type JournalPlatform, type Projection } from "@runctl/runtime/Journal"
import { Processes } from "@runctl/runtime/Processes"
import type { JournalError, Reason } from "@runctl/runtime/JournalError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** The services of this computer that a journal asks for. */
export const platform: Layer.Layer<JournalPlatform> = Layer.mergeAll(
  NodeSqlite.layer,
  NodeProcesses.layer,
  NodeFileSystems.layer,
  NodeFileSystem.layer,
  NodePath.layer
)

/** The same after a restart of the computer. */
export const restarted: Layer.Layer<JournalPlatform> = Layer.provideMerge(
  Layer.effect(
    Processes,
    Effect.map(Processes, (processes) => ({
      ...processes,
      self: Effect.map(processes.self, (self) => ({ ...self, bootId: "another start" })),
      isAlive: () => Effect.succeed(false)
    }))
  ),
  platform
)

/** A folder that is gone with the scope. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runctl-test-journal-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** Remembers per stream how many events it has and what the last one said. */
export const tally: Projection = {
  name: "tally",
  version: 1,
  keyOf: ({ stream }) => stream,
  evolve: (state, { payload, seq }) => ({ count: countOf(state) + 1, seq, payload })
}

/** What `tally` counted. */
export const countOf = (state: unknown): number =>
  typeof state === "object" && state !== null && "count" in state && typeof state.count === "number" ? state.count : 0

type Options = Omit<JournalFileOptions, "file" | "projections"> & Partial<Pick<JournalFileOptions, "projections">>

/** Works with a journal in a file, opened for this and closed afterwards. */
export const withJournal = <A, E, R>(
  file: string,
  work: (journal: Journal["Service"]) => Effect.Effect<A, E, R>,
  options: Options = {},
  on: Layer.Layer<JournalPlatform> = platform
): Effect.Effect<A, E | JournalError, Exclude<R, Journal>> =>
  Effect.flatMap(Journal, work).pipe(
    Effect.provide(Journal.layer({ projections: [tally], ...options, file }).pipe(Layer.provide(on)), {
      local: true
    }),
    // Salvages are the point of some tests, and not their output.
    Effect.provideService(References.MinimumLogLevel, "Error")
  )

/** The reason something fails with. */
export const reasonOf = <A, R>(effect: Effect.Effect<A, JournalError, R>): Effect.Effect<Reason, A, R> =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)
