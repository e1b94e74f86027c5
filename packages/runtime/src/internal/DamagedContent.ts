/** A row that is not what was once written: thrown by readers, answered by quarantine and salvage. */
export class DamagedContent extends Error {
  readonly _tag = "DamagedContent" as const
}

/** Whether something that was thrown tells of damage in a row. */
export const isDamagedContent = (thrown: unknown): thrown is DamagedContent =>
  thrown instanceof Error && "_tag" in thrown && thrown._tag === "DamagedContent"
