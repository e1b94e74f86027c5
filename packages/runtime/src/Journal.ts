/**
 * The only memory: an append-only, fsynced log of events, what is remembered beside it, and who may write.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { FileSystems } from "./FileSystems.ts"
import { Home } from "./Home.ts"
import { fileSource, memorySource } from "./internal/journalSources.ts"
import { make } from "./internal/journalService.ts"
import type {
  Fence,
  Health,
  HeldLease,
  Lease,
  LeaseHolder,
  NewEvent,
  Projection,
  ProjectionState,
  StoredEvent
} from "./internal/journalModels.ts"
import type { JournalError } from "./JournalError.ts"
import type { Processes, ProcessIdentity } from "./Processes.ts"
import type { HomeFailed } from "./RuntimeError.ts"
import type { Sqlite } from "./Sqlite.ts"

/**
 * What goes into a journal, what comes out of it, and what it says of itself and of those who write to it.
 *
 * @category models
 * @since 0.1.0
 */
export type {
  Fence,
  Health,
  HeldLease,
  Lease,
  LeaseHolder,
  NewEvent,
  Projection,
  ProjectionState,
  Salvage,
  StoredEvent
} from "./internal/journalModels.ts"

/**
 * What every journal is told.
 *
 * **Details**  `rentTypes` are the events that must not be written while what is owned is unknown. `owner` is written
 * into every event.
 *
 * @category models
 * @since 0.1.0
 */
export interface JournalOptions {
  readonly projections: ReadonlyArray<Projection>
  readonly rentTypes?: ReadonlyArray<string>
  readonly owner?: string
}

/**
 * What a journal in a file is told.
 *
 * **Details**  `busyTimeout` is how long to wait for another process's lock, 5 s when absent. Damaged files go into a
 * folder below `quarantine`, which is beside the file when absent.
 *
 * @category models
 * @since 0.1.0
 */
export interface JournalFileOptions extends JournalOptions {
  readonly file: string
  readonly quarantine?: string
  readonly busyTimeout?: Duration.Duration
  readonly allowNetworkFileSystem?: boolean
}

/** What a journal in a file asks of its platform. @category models @since 0.1.0 */
export type JournalPlatform = FileSystem.FileSystem | Path.Path | FileSystems | Sqlite | Processes

/**
 * The journal.
 *
 * **Details**  payloads and states are JSON values. An append that has answered is on disk, whatever happens to this
 * process or the power. Several processes may read and write one journal at once. A damaged file is put into quarantine
 * and what is intact goes on in a new one; only a file that ends earlier than it was written, or an older copy put back
 * in its place, cannot be told from one that was written no further.
 *
 * @category services
 * @since 0.1.0
 */
export class Journal extends Context.Service<
  Journal,
  {
    /**
     * Writes events to a stream and brings the projections up to date, all or nothing.
     *
     * **Errors**  `Conflict` when the stream does not stand at `expectedSeq` (0 for a new one); `Fenced` when the lease
     * is no longer ours; `NeedsRebuild` for rents after a salvage; `Locked`, `ReadOnly`, `DiskFull`.
     */
    readonly append: (
      stream: string,
      expectedSeq: number | "any",
      events: ReadonlyArray<NewEvent>,
      options?: { readonly fence?: Fence }
    ) => Effect.Effect<ReadonlyArray<StoredEvent>, JournalError>
    /** A stream's events in order, those after `fromSeq`; all when absent. */
    readonly read: (stream: string, fromSeq?: number) => Effect.Effect<ReadonlyArray<StoredEvent>, JournalError>
    /** Events of all streams in order, those after `fromPosition`, at most `limit` (1000 when absent). */
    readonly readAll: (options?: {
      readonly fromPosition?: number
      readonly limit?: number
    }) => Effect.Effect<ReadonlyArray<StoredEvent>, JournalError>
    /** Events of all streams, those after `fromPosition` that exist and all that will, whichever process writes them. */
    readonly subscribe: (options?: { readonly fromPosition?: number }) => Stream.Stream<StoredEvent, JournalError>
    /** The sequence number a stream stands at; 0 when nothing was written to it. */
    readonly last: (stream: string) => Effect.Effect<number, JournalError>
    /** The position of the newest event; 0 when there is none. */
    readonly position: Effect.Effect<number, JournalError>
    /** What a projection remembers under a key. */
    readonly projection: (name: string, key: string) => Effect.Effect<unknown, JournalError>
    /** All that a projection remembers, by key. */
    readonly projections: (name: string) => Effect.Effect<ReadonlyArray<ProjectionState>, JournalError>
    /**
     * Takes a lease: one that is free, has expired, or whose process is certainly gone.
     *
     * **Errors**  `Held`, by whom, when somebody has it, this process included.
     */
    readonly lease: (
      name: string,
      options: { readonly holder: ProcessIdentity; readonly ttl: Duration.Duration }
    ) => Effect.Effect<Lease, JournalError>
    /** Starts a lease's time anew. Fails with `Fenced` once it is lost. */
    readonly renew: (lease: Lease) => Effect.Effect<void, JournalError>
    /** Gives a lease back; nothing happens when it was lost before. */
    readonly release: (lease: Lease) => Effect.Effect<void, JournalError>
    readonly holder: (name: string) => Effect.Effect<LeaseHolder | undefined, JournalError>
    /** Takes a lease for this process, renews it in the background and gives it back with the scope. */
    readonly hold: (name: string, ttl: Duration.Duration) => Effect.Effect<HeldLease, JournalError, Scope.Scope>
    readonly health: Effect.Effect<Health, JournalError>
    /** To be called once every cloud was asked what is owned: rents are accepted again. */
    readonly rebuilt: Effect.Effect<void, JournalError>
  }
>()("@runctl/runtime/Journal") {
  /**
   * A journal in a file, made when there is none.
   *
   * **Errors**  `NewerVersion`, `NetworkFileSystem`, `Locked`, `Unreadable`, `Damaged` when it cannot even be read. One
   * that can be read and not written opens: `health` says why.
   *
   * @category layers
   * @since 0.1.0
   */
  static layer(options: JournalFileOptions): Layer.Layer<Journal, JournalError, JournalPlatform> {
    return Layer.effect(
      Journal,
      Effect.flatMap(Path.Path, (path) =>
        Effect.flatMap(
          fileSource({
            file: options.file,
            quarantine: options.quarantine ?? path.join(path.dirname(options.file), "quarantine"),
            busyTimeout: options.busyTimeout ?? Duration.seconds(5),
            allowNetworkFileSystem: options.allowNetworkFileSystem ?? false,
            owner: options.owner ?? nobody,
            projections: options.projections
          }),
          (source) => make(source, { ...options, owner: options.owner ?? nobody })
        )
      )
    )
  }

  /** The journal of this installation, written in its owner's name. @category layers @since 0.1.0 */
  static layerHome(
    options: Omit<JournalFileOptions, "file" | "quarantine" | "owner">
  ): Layer.Layer<Journal, JournalError | HomeFailed, JournalPlatform | Home> {
    return Layer.unwrap(
      Effect.gen(function* () {
        const { journal, owner, quarantine } = yield* Home
        return Journal.layer({ ...options, file: journal, quarantine, owner: yield* owner })
      })
    )
  }

  /** A journal that is gone with its scope. @category layers @since 0.1.0 */
  static layerMemory(options: JournalOptions): Layer.Layer<Journal, JournalError, Sqlite | Processes> {
    return Layer.effect(
      Journal,
      Effect.flatMap(memorySource(options.projections), (source) =>
        make(source, { ...options, owner: options.owner ?? nobody })
      )
    )
  }
}

/** Stands in every event of a journal that was told no owner. */
const nobody = "00000000"
