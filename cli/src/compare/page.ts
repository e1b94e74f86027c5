/**
 * Writes a comparison as a page to pass on.
 */
import { renameSync, rmSync, writeFileSync } from "node:fs"
import { usage } from "../errors/Failure.ts"
import type { CompareOutput } from "../output/compare.ts"
import { htmlOfCompare } from "../render/compareHtml.ts"

/** In one step: a page that is there already stays whole. Throws a `CliFailure` where it cannot be written. */
export const writePage = (file: string, output: CompareOutput, now: number): void => {
  const aside = `${file}.${process.pid}.tmp`
  try {
    writeFileSync(aside, htmlOfCompare(output, now))
    renameSync(aside, file)
  } catch (error) {
    rmSync(aside, { force: true })
    throw usage(`--html ${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`)
  }
}
