/**
 * What SQLite answered when it could not do what was asked, without a dependency: the quickest commands carry it.
 *
 * @since 0.1.0
 */

/**
 * SQLite's refusal, with its result code.
 *
 * **Details**  `code` is the extended result code; `primaryCode` its class, as in `resultCodes`.
 *
 * @source https://sqlite.org/rescode.html (read 2026-11-21)
 * @category errors
 * @since 0.1.0
 */
export class SqliteError extends Error {
  readonly _tag = "SqliteError" as const
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = "SqliteError"
    this.code = code
  }

  get primaryCode(): number {
    return this.code & 0xff
  }
}

/**
 * The primary result codes that we tell apart.
 *
 * @source https://sqlite.org/rescode.html (read 2026-11-21)
 * @category constants
 * @since 0.1.0
 */
export const resultCodes = {
  error: 1,
  permission: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  mismatch: 20,
  notADatabase: 26
} as const

/** Whether something that was thrown is a `SqliteError`, whoever's copy of the class made it. @category predicates @since 0.1.0 */
export const isSqliteError = (thrown: unknown): thrown is SqliteError =>
  thrown instanceof Error && "_tag" in thrown && thrown._tag === "SqliteError"
