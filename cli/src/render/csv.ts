/**
 * Comma-separated values.
 */

/** A field of a table for spreadsheets; one that would be read as a formula becomes text. */
const field = (value: string | number | boolean | null): string => {
  if (value === null) return ""
  const text = typeof value === "string" && /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * Rows with their heading.
 *
 * @source https://www.rfc-editor.org/rfc/rfc4180 (read 2026-11-21)
 */
export const csv = (
  heading: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string | number | boolean | null>>
): string => [heading, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("")
