/**
 * The journal's records as they lie on disk.
 */
import { connect } from "@runctl/platform-node/NodeSqliteFile"
import * as OfflineJournal from "@runctl/runtime/OfflineJournal"
import { isSqliteError } from "@runctl/runtime/SqliteError"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { ResourceFacts } from "../views/resource.ts"
import type { RunFacts } from "../views/run.ts"

/** Everything that is remembered, and the supervisor's lease. */
export interface Remembered {
  readonly runs: ReadonlyArray<RunFacts>
  readonly resources: ReadonlyArray<ResourceFacts>
  readonly supervisor: OfflineJournal.OfflineLease | undefined
}

const has = (value: unknown, ...keys: ReadonlyArray<string>): boolean =>
  typeof value === "object" && value !== null && keys.every((key) => key in value)

/** The journal has checked the sum of each state, and its projection's version says which fields it has. */
const isRun = (state: unknown): state is RunFacts => has(state, "id", "spec", "state", "phase", "attempts", "outputs")

const isResource = (state: unknown): state is ResourceFacts => has(state, "mark", "phase", "offer", "deadlineAt")

const read = (file: string): Remembered | undefined => {
  const connection = connect(file, { access: "read" })
  try {
    const runs = OfflineJournal.runs(connection)?.map(({ state }) => state)
    const resources = OfflineJournal.resources(connection)?.map(({ state }) => state)
    if (runs === undefined || resources === undefined || !runs.every(isRun) || !resources.every(isResource)) {
      return undefined
    }
    return { runs, resources, supervisor: OfflineJournal.leaseOf(connection, "supervisor") }
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
