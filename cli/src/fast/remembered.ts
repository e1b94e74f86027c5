/**
 * The journal's records as they lie on disk.
 */
import { connect } from "@runctl/platform-node/NodeSqliteFile"
import * as OfflineJournal from "@runctl/runtime/OfflineJournal"
import type { SqliteConnection } from "@runctl/runtime/Sqlite"
import { isSqliteError } from "@runctl/runtime/SqliteError"
import type * as Waiting from "@runctl/runtime/Waiting"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { ResourceFacts } from "../views/resource.ts"
import type { RunFacts } from "../views/run.ts"
import { lastSeen } from "./supervisorSeen.ts"

/** A run: what is shown of it, and what tells whether it waits for somebody. */
type RememberedRun = RunFacts & Waiting.RunFacts

/** Everything that is remembered, and the supervisor's lease. */
export interface Remembered {
  readonly runs: ReadonlyArray<RememberedRun>
  readonly resources: ReadonlyArray<ResourceFacts>
  readonly supervisor: OfflineJournal.OfflineLease | undefined
  /** Keys of machines that somebody may be renting or ending now. */
  readonly busy: ReadonlySet<string>
}

const has = (value: unknown, ...keys: ReadonlyArray<string>): boolean =>
  typeof value === "object" && value !== null && keys.every((key) => key in value)

/** The journal has checked the sum of each state, and its projection's version says which fields it has. */
const isRun = (state: unknown): state is RememberedRun =>
  has(state, "id", "spec", "state", "phase", "attempts", "outputs")

const isResource = (state: unknown): state is ResourceFacts => has(state, "mark", "phase", "offer", "deadlineAt")

/** Whose holder cannot be seen from here may well be at it. */
const isBusy = (connection: SqliteConnection, { mark, phase }: ResourceFacts): boolean => {
  const name = phase === "Intended" ? `rent/${mark.key}` : phase === "Ending" ? `end/${mark.key}` : undefined
  const state = name === undefined ? "none" : lastSeen(OfflineJournal.leaseOf(connection, name))?.state
  return state === undefined || state === "running"
}

const read = (file: string): Remembered | undefined => {
  const connection = connect(file, { access: "read" })
  try {
    const runs = OfflineJournal.runs(connection)?.map(({ state }) => state)
    const resources = OfflineJournal.resources(connection)?.map(({ state }) => state)
    if (runs === undefined || resources === undefined || !runs.every(isRun) || !resources.every(isResource)) {
      return undefined
    }
    const busy = resources.filter((each) => isBusy(connection, each)).map(({ mark }) => mark.key)
    return { runs, resources, supervisor: OfflineJournal.leaseOf(connection, "supervisor"), busy: new Set(busy) }
  } finally {
    connection.close()
  }
}

/** What is remembered below a folder; `undefined` when only the journal itself can tell. */
export const open = (home: string): Remembered | undefined => {
  const file = join(home, "journal.db")
  if (!existsSync(file)) return undefined
  try {
    return read(file)
  } catch (error) {
    if (isSqliteError(error)) return undefined
    throw error
  }
}
