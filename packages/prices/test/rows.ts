import { readFileSync } from "node:fs"
import { parseCsv } from "../scripts/csv.ts"

const data = (name: string): string => readFileSync(new URL(`../data/${name}`, import.meta.url), "utf8")

/** The rows as they were collected, read without anything of the library. */
export const csv = parseCsv(data("offers.csv"))
export const gpus = parseCsv(data("gpus.csv"))
export const offersCsv = data("offers.csv")
export const gpusCsv = data("gpus.csv")

export type CsvRow = (typeof csv)[number]

export const numberIn = (row: CsvRow, name: string): number | undefined =>
  row[name] === "" || row[name] === undefined ? undefined : Number(row[name])
