/**
 * `RUNCTL_LIVE=digitalocean npm run test:live` holds a provider to the laws with real machines, which cost money.
 * `-- --dry-run` only says what it would do; other arguments are vitest's: `-- -t "comes to run"` keeps one law.
 */
import { spawnSync } from "node:child_process"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { chosen } from "../test/harness/live.ts"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const main = (): number => {
  const live = chosen(process.env)
  if (typeof live === "string") {
    process.stderr.write(`${live}\n`)
    return 2
  }
  const { costs, file, lasts, title } = live
  process.stdout.write(
    `The laws, live at ${title} (${file})\n  cost: ${costs}\n  time: ${lasts}\n  What laws have left there before is ended first, and whatever is left afterwards too.\n`
  )
  const args = process.argv.slice(2)
  if (args.includes("--dry-run")) return 0
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs")
  const { status } = spawnSync(process.execPath, [vitest, "run", "--project", "live", file, ...args], {
    cwd: root,
    stdio: "inherit"
  })
  return status ?? 1
}

process.exitCode = main()
