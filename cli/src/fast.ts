/**
 * Answers the commands that only look, without oclif, Effect or Schema: with the same words as the commands themselves.
 *
 * Whatever is out of the ordinary (another flag, a journal that cannot simply be read, a supervisor out of sight) is
 * left to the command.
 */
import { waiting } from "@runctl/runtime/Waiting"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { lastSeen } from "./fast/supervisorSeen.ts"
import { open, type Remembered } from "./fast/remembered.ts"
import { renderList } from "./render/resources.ts"
import { renderRun, renderRuns } from "./render/runs.ts"
import { renderStatus } from "./render/status.ts"
import { styleOf } from "./render/style.ts"
import { waitingText } from "./render/waiting.ts"
import { dataFolder, stateFolder } from "./settings/places.ts"
import { findRun, viewRun, viewRuns } from "./views/run.ts"
import { isLive, viewRecords } from "./views/resource.ts"
import { viewStatus } from "./views/status.ts"

const isHelp = ([first, ...more]: ReadonlyArray<string>): boolean =>
  more.length === 0 && (first === undefined || first === "--help" || first === "-h" || first === "help")

/** oclif's own words, kept when runctl was built. On a terminal it lays them out anew, with colors and for its width. */
const printHelp = (): boolean => {
  const file = join(import.meta.dirname, "help.txt")
  const hasPlugins = existsSync(join(dataFolder(process.env), "package.json"))
  if (process.stdout.isTTY || hasPlugins || process.env["FORCE_COLOR"] !== undefined || !existsSync(file)) return false
  const { version } = process
  const agent = `runctl/${versionHere()} ${process.platform}-${process.arch} node-${version}`
  process.stdout.write(readFileSync(file, "utf8").replace("{{userAgent}}", agent))
  return true
}

const versionHere = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8"))
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "?"
}

/** What a command answers, in both forms. */
interface Answer {
  readonly json: unknown
  readonly text: () => string
}

const list = ({ resources }: Remembered, now: number): Answer => {
  const output = { resources: viewRecords(resources.filter(isLive), now), others: 0, failures: [] }
  return { json: output, text: () => renderList(output, styleOf(process.stdout), now) }
}

const runs = (remembered: Remembered, now: number): Answer => {
  const all = viewRuns(remembered.runs, now)
  return { json: { runs: all }, text: () => renderRuns(all, styleOf(process.stdout), now) }
}

const overview = (remembered: Remembered, now: number): Answer | undefined => {
  const supervisor = lastSeen(remembered.supervisor)
  if (supervisor === undefined) return undefined
  const output = viewStatus({ ...remembered, home: stateFolder(process.env), supervisor }, now)
  return { json: output, text: () => renderStatus(output, styleOf(process.stdout), now) }
}

const oneRun =
  (id: string) =>
  (remembered: Remembered, now: number): Answer | undefined => {
    const found = findRun(remembered.runs, id)
    if (found === undefined) return undefined
    const run = viewRun(found, now)
    return { json: { run }, text: () => renderRun(run, styleOf(process.stdout), now) }
  }

type Command = (remembered: Remembered, now: number) => Answer | undefined

const commandFor = (words: ReadonlyArray<string>): Command | undefined => {
  const [first, second, ...more] = words
  if (more.length > 0 || first === undefined) return undefined
  if (first === "list" && second === "--offline") return list
  if (first === "runs" && second === "list") return runs
  if (first !== "status") return undefined
  if (second === undefined) return overview
  return second.startsWith("-") ? undefined : oneRun(second)
}

/** What waits for somebody, in one line; nothing where a supervisor runs, `undefined` where that is out of sight. */
const reminderOf = ({ busy, resources, runs, supervisor }: Remembered, now: number): string | undefined => {
  const waits = waiting(runs, resources, now, ({ mark }) => busy.has(mark.key))
  if (waits.runs + waits.machines === 0) return ""
  const seen = lastSeen(supervisor)
  return seen === undefined ? undefined : seen.state === "running" ? "" : `${waitingText(waits)}\n`
}

/** Compares prices; their code is loaded for nothing else. */
const compare = async (argv: ReadonlyArray<string>): Promise<boolean> => {
  const { compareText } = await import("./fast/compare.ts")
  const text = compareText(argv)
  if (text === undefined) return false
  process.stdout.on("error", () => process.exit(0))
  process.stdout.write(text)
  return true
}

/** Answers, or says that it cannot. */
export const answer = (argv: ReadonlyArray<string>): boolean | Promise<boolean> => {
  if (isHelp(argv)) return printHelp()
  if (argv[0] === "compare") return compare(argv.slice(1))
  const isJson = argv.at(-1) === "--json"
  const command = commandFor(isJson ? argv.slice(0, -1) : argv)
  const remembered = command === undefined ? undefined : open(stateFolder(process.env))
  if (command === undefined || remembered === undefined) return false
  const now = Date.now()
  const answered = command(remembered, now)
  const reminder = reminderOf(remembered, now)
  if (answered === undefined || reminder === undefined) return false
  process.stdout.on("error", () => process.exit(0))
  process.stdout.write(`${isJson ? JSON.stringify(answered.json, undefined, 2) : answered.text()}\n`)
  process.stderr.write(reminder)
  return true
}
