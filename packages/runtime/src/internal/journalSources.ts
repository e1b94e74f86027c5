import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { FileSystems } from "../FileSystems.ts"
import { JournalError, Unreadable } from "../JournalError.ts"
import { Sqlite } from "../Sqlite.ts"
import type { Platform } from "./journalCreation.ts"
import type { JournalPlace } from "./journalFiles.ts"
import type { Projection } from "./journalModels.ts"
import { open } from "./journalOpening.ts"
import { ensure, ensureStill, repair } from "./journalRepair.ts"
import { migrate } from "./journalSchema.ts"
import type { Source } from "./journalStore.ts"
import { behind, catchUp } from "./projecting.ts"
import { errorOf, working } from "./troubles.ts"

/** A journal in a file. */
export const fileSource = (place: JournalPlace): Effect.Effect<Source, never, Platform> =>
  Effect.map(Effect.context<Platform>(), (services): Source => ({
    file: place.file,
    busyTimeout: place.busyTimeout,
    freeBytes: Effect.provideContext(
      Effect.flatMap(FileSystems, (fileSystems) => fileSystems.freeBytes(place.file)),
      services
    ),
    open: Effect.provideContext(open(place, ensure(place)), services),
    reopen: Effect.provideContext(open(place, ensureStill(place)), services),
    repair: (why, isDamaged) => Effect.provideContext(repair(place, why, isDamaged), services)
  }))

const memory = ":memory:"

/** A journal in memory: nobody else can lock, replace or damage it. */
export const memorySource = (projections: ReadonlyArray<Projection>): Effect.Effect<Source, never, Sqlite> =>
  Effect.map(Sqlite, (sqlite): Source => ({
    file: memory,
    busyTimeout: Duration.zero,
    freeBytes: Effect.succeed(undefined),
    reopen: Effect.fail(new JournalError({ reason: new Unreadable({ file: memory, message: "it is gone" }) })),
    open: Effect.gen(function* () {
      const scope = yield* Scope.make()
      const connection = yield* Scope.provide(sqlite.open(memory, { access: "create" }), scope)
      yield* working(() => {
        migrate(connection)
        catchUp(connection, behind(connection, memory, projections))
      })
      return { connection, readOnly: undefined, close: Scope.close(scope, Exit.void) }
    }).pipe(Effect.mapError((trouble) => errorOf(trouble, memory))),
    repair: (why) => Effect.fail(new JournalError({ reason: new Unreadable({ file: memory, message: why }) }))
  }))
