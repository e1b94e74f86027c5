import { rankByCost } from "@runctl/core/Ranking"
import { build } from "esbuild"
import { DatabaseSync } from "node:sqlite"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { Box, program } from "../../test/harness/Box.ts"
import { interleaved, timed } from "../measure.ts"
import { timeGpuhunt } from "../prices/gpuhunt.ts"
import { manyOffers } from "../prices/rows.ts"
import type { Result, Skipped } from "../Result.ts"

const count = 100_000
const rounds = 15

/** The same rows in SQLite, and the question which of them are cheapest by the plain price. */
const inSqlite = (offers: Awaited<ReturnType<typeof manyOffers>>): (() => number) => {
  const db = new DatabaseSync(":memory:")
  db.exec("CREATE TABLE offers (id INTEGER PRIMARY KEY, provider TEXT, region TEXT, type TEXT, price REAL, spot REAL)")
  const insert = db.prepare("INSERT INTO offers VALUES (?, ?, ?, ?, ?, ?)")
  db.exec("BEGIN")
  for (const [at, each] of offers.entries()) {
    const prices = [each.onDemandUsdPerHour ?? null, each.spotUsdPerHour ?? null]
    insert.run(at, each.provider, each.region, each.instanceType, ...prices)
  }
  db.exec("COMMIT")
  const question = db.prepare("SELECT id, price * 10 AS cost FROM offers ORDER BY cost IS NULL, cost")
  return () => question.all().length
}

const clocked = (work: () => number) => (): number => {
  const began = performance.now()
  if (work() !== count) throw new Error("some offers are missing")
  return performance.now() - began
}

const ranking = async (): Promise<ReadonlyArray<Result | Skipped>> => {
  const offers = await manyOffers(count)
  const job = { hours: 10, checkpointEveryHours: 1 }
  const times = await interleaved(
    {
      sqlite: clocked(inSqlite(offers)),
      ours: clocked(() => rankByCost(offers, {}, job).ranked.length)
    },
    { rounds, warmups: 5 }
  )
  const against = (millis: number, whose: string): string =>
    `${times.ours.toFixed(0)} ms against ${millis.toFixed(0)} ms of ${whose}, medians of ${rounds}`
  return [
    {
      name: "ranking 100,000 offers by effective cost with ranges",
      value: times.ours / times.sqlite,
      unit: "x",
      limit: 3,
      details: against(times.sqlite, "SQLite by the plain price")
    },
    ...againstGpuhunt(offers, times.ours, against)
  ]
}

const gpuhuntName = "ranking the same offers against gpuhunt's catalog"

const againstGpuhunt = (
  offers: Awaited<ReturnType<typeof manyOffers>>,
  ours: number,
  against: (millis: number, whose: string) => string
): ReadonlyArray<Result | Skipped> => {
  try {
    const { items, query, read, version } = timeGpuhunt(offers, 5)
    if (items !== count) throw new Error(`gpuhunt has ${items} items`)
    const details = `${against(read * 1000, `gpuhunt ${version} from its files`)}; from memory, unsorted within a provider: ${(query * 1000).toFixed(0)} ms`
    return [{ name: gpuhuntName, value: ours / (read * 1000), unit: "x", limit: 1 / 20, details }]
  } catch (error) {
    return [{ name: gpuhuntName, skipped: error instanceof Error ? error.message : String(error) }]
  }
}

/** What a page has to load without the data, compressed. */
const browser = async (): Promise<Result> => {
  const src = join(import.meta.dirname, "..", "..", "packages", "prices", "src")
  const { outputFiles } = await build({
    stdin: { contents: 'export * from "./index.ts"\nexport * from "./Prices.ts"', resolveDir: src, loader: "ts" },
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    conditions: ["source"],
    external: ["./SnapshotData.ts"],
    write: false,
    logLevel: "silent"
  })
  const bytes = outputFiles[0]?.contents ?? new Uint8Array()
  const value = gzipSync(bytes, { level: 9 }).length / 1000
  const details = `${(bytes.length / 1000).toFixed(0)} kB before gzip, the service in Effect included`
  return { name: "browser bundle of @runctl/prices without data", value, unit: "kB", limit: 60, details }
}

const commands = async (): Promise<Result> => {
  const box = new Box()
  try {
    const options = { cwd: box.project, env: box.env }
    const times = await interleaved(
      { bare: timed(["-e", "0"], options), compare: timed([program, "compare", "--gpu", "H100"], options) },
      { rounds: 25, warmups: 3 }
    )
    return {
      name: "runctl compare --gpu H100, offline",
      value: times.compare / times.bare,
      unit: "x",
      limit: 5,
      details: `${times.compare.toFixed(1)} ms against ${times.bare.toFixed(1)} ms of node -e 0, medians of 25`
    }
  } finally {
    await box.destroy()
  }
}

/** Comparing prices: how fast, and how small. */
export const prices = async (): Promise<ReadonlyArray<Result | Skipped>> => [
  ...(await ranking()),
  await commands(),
  await browser()
]
