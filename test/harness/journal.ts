import { existsSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"

/** A run as the journal remembers it: only what tests look at. */
export interface RunFacts {
  readonly id: string
  readonly state: string
  readonly phase: string
  readonly exitCode?: number
  readonly deadlineAt: number
  readonly spec: { readonly name: string; readonly resumeOf?: string }
  readonly attempts: ReadonlyArray<{ readonly number: number; readonly resource?: string; readonly key?: string }>
  readonly checkpoints: ReadonlyArray<{ readonly path: string; readonly local: string }>
  readonly outputs: { readonly state: string; readonly folder?: string; readonly files?: number }
  readonly problem?: { readonly code: string; readonly message: string; readonly advice?: string }
}

export interface MachineFacts {
  readonly phase: string
  readonly deadlineAt: number
  readonly label?: string
  readonly mark: { readonly key: string }
  readonly resource?: { readonly id: string; readonly state: { readonly _tag: string } }
}

export interface EventFacts {
  readonly stream: string
  readonly type: string
  readonly run: string | null
  readonly payload: unknown
}

/** Looks into a journal without the product's help: what it claims is checked against what is on disk. */
const query = <Row>(file: string, sql: string, ...values: ReadonlyArray<string>): ReadonlyArray<Row> => {
  if (!existsSync(file)) return []
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rows have the columns that were asked for
    return database.prepare(sql).all(...values) as unknown as ReadonlyArray<Row>
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("no such table")) return []
    throw error
  } finally {
    database.close()
  }
}

const states = <State>(file: string, projection: string): ReadonlyArray<State> =>
  query<{ readonly state: string }>(
    file,
    "SELECT state FROM projections WHERE name = ? ORDER BY rowid",
    projection
  ).map(({ state }): State => JSON.parse(state))

/** Oldest first. */
export const runsIn = (file: string): ReadonlyArray<RunFacts> =>
  states<RunFacts>(file, "runs").toSorted((left, right) => (left.id < right.id ? -1 : 1))

export const machinesIn = (file: string): ReadonlyArray<MachineFacts> => states<MachineFacts>(file, "resources")

export const eventsIn = (file: string): ReadonlyArray<EventFacts> =>
  query<Omit<EventFacts, "payload"> & { readonly payload: string }>(
    file,
    "SELECT stream, type, run, payload FROM events ORDER BY position"
  ).map((row) => ({ ...row, payload: JSON.parse(row.payload) }))

/** The process that holds the supervisor's lease, dead or alive. */
export const supervisorIn = (file: string): number | undefined => {
  const [row] = query<{ readonly holder: string | null }>(file, "SELECT holder FROM leases WHERE name = 'supervisor'")
  const holder: { readonly pid: number } | undefined = row?.holder == null ? undefined : JSON.parse(row.holder)
  return holder?.pid
}

/** Takes in what lies in the write-ahead log and removes it: whoever only reads, as this file does, leaves it behind. */
export const settle = (file: string): void => {
  const database = new DatabaseSync(file)
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)")
  database.close()
}
