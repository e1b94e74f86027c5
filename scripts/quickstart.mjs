// The quick start: one real training run on this computer, from plan to termination, shown step by step.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const runctl = join(root, "cli", "bin", "run.js")
const out = join(root, "quickstart-outputs")
const chart = join(out, "loss.svg")

const heading = (text) => console.error(`\n\u001B[1m${text}\u001B[0m`)
const shown = (args) => args.map((arg) => (arg.startsWith(root) ? relative(process.cwd(), arg) || "." : arg)).join(" ")

/** Runs a runctl command in the foreground, showing it as a person would type it. */
const run = (title, args) => {
  heading(title)
  console.error(`$ npx runctl ${shown(args)}\n`)
  const { status, signal } = spawnSync(process.execPath, [runctl, ...args], { cwd: root, stdio: "inherit" })
  if (signal !== null) process.exit(130)
  return status ?? 1
}

const script = join(root, "examples", "digits", "train.mjs")
const trained = run("1. Train a small network on drawn digits, on this computer", [
  "train",
  script,
  "--provider",
  "local",
  "--name",
  "quickstart",
  "--out",
  out
])
if (trained !== 0) process.exit(trained)

run("2. Look at how the loss fell", ["monitor", "quickstart", "--chart", chart])
run("3. See what it cost, and that no machine was left behind", ["cost", "--run", "quickstart"])
run("   ", ["list"])

heading("Done.")
const rel = (path) => relative(process.cwd(), path) || "."
console.error(`  outputs   ${rel(out)}${existsSync(join(out, "predictions.txt")) ? "  (see predictions.txt)" : ""}
  chart     ${rel(chart)}

Try next:
  npx runctl train examples/digits/train.mjs --name longer --resume quickstart -- --epochs 40
  npx runctl train examples/digits-python/train.py      # the same in Python, if you have python3
  npx runctl train YOUR_SCRIPT.py --detach              # then: npx runctl monitor NAME --follow
  npx runctl runs list
  npx runctl --help
`)
