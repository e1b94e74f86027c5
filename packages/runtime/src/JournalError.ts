/**
 * Why the journal could not do what was asked: one error, a closed set of reasons, each with what to try.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { ProcessIdentity } from "./Processes.ts"

/**
 * The stream has moved on since it was read. `actual` is the sequence number it stands at.
 *
 * @category errors
 * @since 0.1.0
 */
export class Conflict extends Schema.TaggedError<Conflict>("@runctl/runtime/JournalError/Conflict")("Conflict", {
  stream: Schema.String,
  expected: Schema.Int,
  actual: Schema.Int
}) {
  override get message(): string {
    return `${this.stream} stands at ${this.actual}, not at ${this.expected}: somebody else wrote in between`
  }
  get advice(): string {
    return "Read it again and decide anew."
  }
}

/**
 * Who writes no longer holds the lease they write under. `current` is the lease's newest token, 0 when there is none.
 *
 * @category errors
 * @since 0.1.0
 */
export class Fenced extends Schema.TaggedError<Fenced>("@runctl/runtime/JournalError/Fenced")("Fenced", {
  lease: Schema.String,
  token: Schema.Int,
  current: Schema.Int
}) {
  override get message(): string {
    return `the lease "${this.lease}" (token ${this.token}) was lost: ${
      this.current > this.token ? `token ${this.current} was given out since` : "it was given up"
    }`
  }
  get advice(): string {
    return "Somebody else has taken over; nothing was written. Stop, or take the lease anew."
  }
}

/**
 * The lease belongs to a process that may be alive.
 *
 * @category errors
 * @since 0.1.0
 */
export class Held extends Schema.TaggedError<Held>("@runctl/runtime/JournalError/Held")("Held", {
  lease: Schema.String,
  holder: ProcessIdentity,
  token: Schema.Int,
  expiresInMillis: Schema.Int
}) {
  override get message(): string {
    return `the lease "${this.lease}" is held by process ${this.holder.pid} on ${this.holder.host}`
  }
  get advice(): string {
    return `Wait: without renewal it ends in ${Math.ceil(this.expiresInMillis / 1000)} s, or at once with its process.`
  }
}

/**
 * Another process kept the database locked for longer than we wait.
 *
 * @category errors
 * @since 0.1.0
 */
export class Locked extends Schema.TaggedError<Locked>("@runctl/runtime/JournalError/Locked")("Locked", {
  waitedMillis: Schema.Int,
  by: Schema.Array(Schema.Int)
}) {
  override get message(): string {
    const who = this.by.length === 0 ? "another process" : `process ${this.by.join(", ")}`
    return `${who} has kept the journal locked for ${(this.waitedMillis / 1000).toFixed(1)} s`
  }
  get advice(): string {
    const pids = this.by.join(" ")
    return this.by.length === 0
      ? "Try again; `fuser -v` on the file shows who has it open (a backup, an sqlite3 shell, a stopped process)."
      : `Try again; \`ps -p ${pids}\` shows what it is. If it is stopped, continue it with \`kill -CONT ${pids}\`.`
  }
}

/**
 * The file, its folder or its file system may only be read.
 *
 * @category errors
 * @since 0.1.0
 */
export class ReadOnly extends Schema.TaggedError<ReadOnly>("@runctl/runtime/JournalError/ReadOnly")("ReadOnly", {
  file: Schema.String
}) {
  override get message(): string {
    return `${this.file} can be read and not written`
  }
  get advice(): string {
    return "Give yourself write permission on the file and its folder, or point RUNCTL_HOME elsewhere. Reading works."
  }
}

/**
 * There is no room left; nothing was written.
 *
 * @category errors
 * @since 0.1.0
 */
export class DiskFull extends Schema.TaggedError<DiskFull>("@runctl/runtime/JournalError/DiskFull")("DiskFull", {
  file: Schema.String
}) {
  override get message(): string {
    return `no space is left for ${this.file}; nothing was written`
  }
  get advice(): string {
    return "Free some space and try again; the log files under RUNCTL_HOME/runs are usually the largest."
  }
}

/**
 * A newer runctl has written the file; it was not touched.
 *
 * @category errors
 * @since 0.1.0
 */
export class NewerVersion extends Schema.TaggedError<NewerVersion>("@runctl/runtime/JournalError/NewerVersion")(
  "NewerVersion",
  { file: Schema.String, what: Schema.String, found: Schema.Int, known: Schema.Int }
) {
  override get message(): string {
    return `${this.file} was written by a newer runctl (${this.what} ${this.found}; this one knows ${this.known})`
  }
  get advice(): string {
    return "Update runctl, or point RUNCTL_HOME at another folder. The file was not changed."
  }
}

/**
 * The file is on a network file system, whose locks cannot be relied on.
 *
 * @category errors
 * @since 0.1.0
 */
export class NetworkFileSystem extends Schema.TaggedError<NetworkFileSystem>(
  "@runctl/runtime/JournalError/NetworkFileSystem"
)("NetworkFileSystem", { file: Schema.String, type: Schema.String }) {
  override get message(): string {
    return `${this.file} is on a network file system (${this.type}), where the journal could be damaged`
  }
  get advice(): string {
    return "Point RUNCTL_HOME at a local disk, for example RUNCTL_HOME=/var/tmp/runctl-$USER."
  }
}

/**
 * The journal was damaged and salvaged: what is owned must be looked up before anything new is rented.
 *
 * @category errors
 * @since 0.1.0
 */
export class NeedsRebuild extends Schema.TaggedError<NeedsRebuild>("@runctl/runtime/JournalError/NeedsRebuild")(
  "NeedsRebuild",
  { quarantined: Schema.String }
) {
  override get message(): string {
    return `the journal was damaged; what could be read was kept, the rest is in ${this.quarantined}`
  }
  get advice(): string {
    return "`runctl list` asks every provider what you own; nothing new is rented before."
  }
}

/**
 * The file cannot be opened or read, for a reason that is not its content.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unreadable extends Schema.TaggedError<Unreadable>("@runctl/runtime/JournalError/Unreadable")(
  "Unreadable",
  { file: Schema.String, message: Schema.String }
) {
  get advice(): string {
    return `Check that the folder exists and is yours: ls -ld ${this.file}*`
  }
}

/**
 * The file is damaged and could not be put aside.
 *
 * @category errors
 * @since 0.1.0
 */
export class Damaged extends Schema.TaggedError<Damaged>("@runctl/runtime/JournalError/Damaged")("Damaged", {
  file: Schema.String,
  message: Schema.String
}) {
  get advice(): string {
    return `Make the folder of ${this.file} writable, or move the file away yourself: runctl then salvages what it can.`
  }
}

/**
 * Why the journal could not do what was asked.
 *
 * @category errors
 * @since 0.1.0
 */
export const Reason = Schema.Union([
  Conflict,
  Fenced,
  Held,
  Locked,
  ReadOnly,
  DiskFull,
  NewerVersion,
  NetworkFileSystem,
  NeedsRebuild,
  Unreadable,
  Damaged
])
export type Reason = typeof Reason.Type

/**
 * The only error of the journal.
 *
 * @category errors
 * @since 0.1.0
 */
export class JournalError extends Schema.TaggedError<JournalError>("@runctl/runtime/JournalError")("JournalError", {
  reason: Reason
}) {
  override get message(): string {
    return `${this.reason.message}. ${this.reason.advice}`
  }
  /** What a person can try next. */
  get advice(): string {
    return this.reason.advice
  }
}
