/**
 * Measures what runctl promises, each against something measured in the same run.
 *
 *   npm run bench -- [--strict] [NAME…]
 *
 * Fails beyond twice a limit, as machines are noisy; with --strict beyond the limit itself.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { cloud } from "./benches/cloud.ts"
import { log } from "./benches/log.ts"
import { openedFiles } from "./benches/openedFiles.ts"
import { prices } from "./benches/prices.ts"
import { size } from "./benches/size.ts"
import { ssh } from "./benches/ssh.ts"
import { startup } from "./benches/startup.ts"
import { train } from "./benches/train.ts"
import { isWithin, lineOf, type Result, type Skipped } from "./Result.ts"

const benches: Readonly<Record<string, () => Promise<ReadonlyArray<Result | Skipped>>>> = {
  startup,
  openedFiles,
  train,
  log,
  ssh,
  prices,
  size,
  cloud
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { strict: { type: "boolean" } } })
const isStrict = values.strict === true
const unknown = positionals.filter((name) => !(name in benches))
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`)
  process.exit(2)
}

const results = join(import.meta.dirname, "results")
mkdirSync(results, { recursive: true })

for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  const found = await bench().catch((error: unknown): ReadonlyArray<Result | Skipped> => {
    console.error(`${name}: failed:`, error)
    process.exitCode = 1
    return []
  })
  for (const each of found) {
    console.log("skipped" in each ? `${each.name}: skipped, ${each.skipped}` : lineOf(each, isStrict))
    if (!("skipped" in each) && !isWithin(each, isStrict)) process.exitCode = 1
  }
  writeFileSync(
    join(results, `${name}.json`),
    `${JSON.stringify({ node: process.version, isStrict, found }, null, 2)}\n`
  )
}
