import { globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Box, program } from "../../test/harness/Box.ts"
import { lacking } from "../../test/harness/tools.ts"
import { fill } from "../journal.ts"
import type { Result, Skipped } from "../Result.ts"

const commands = [["--help"], ["train", "--help"], ["list", "--offline"], ["status", "bench-7"], ["providers", "list"]]

const dist = join(dirname(dirname(program)), "dist")

/** The parts of the bundle with the code of the bundled plugin, found by a name in it that nobody shortens. */
const bundledPlugin = (): ReadonlySet<string> =>
  new Set(
    globSync("**/*.js", { cwd: dist })
      .map((name) => join(dist, name))
      .filter((file) => readFileSync(file, "utf8").includes("LocalProvider.createResource"))
  )

/** What only describes a plugin may be opened. */
const isPluginCode = (path: string, bundled: ReadonlySet<string>): boolean =>
  bundled.has(path) ||
  (/(\/plugins\/[^/]+\/|runctl-plugin-|@aws-sdk|\/ssh2\/)/.test(path) &&
    !/\/(package|oclif\.manifest)\.json$/.test(path))

/** The files a command opens. */
const openedBy = async (box: Box, args: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const trace = join(box.folder, "trace")
  const traced = ["-f", "-qq", "-e", "trace=open,openat,openat2", "-o", trace, process.execPath, program, ...args]
  const { code, stderr } = await box.startProgram("strace", traced).ended
  if (code !== 0) throw new Error(`runctl ${args.join(" ")} ended with ${code}: ${stderr}`)
  return readFileSync(trace, "utf8")
    .split("\n")
    .filter((line) => !line.includes(" = -1 "))
    .flatMap((line) => /"([^"]+)"/.exec(line)?.[1] ?? [])
}

/** Files of plugins that help and offline commands open, beside their descriptions. */
export const openedFiles = async (): Promise<ReadonlyArray<Result | Skipped>> => {
  const name = "plugin files opened by help and offline commands"
  const why = lacking("strace", "-V")
  if (why !== undefined) return [{ name, skipped: why }]
  const box = new Box()
  const empty = new Box()
  try {
    await fill(box.home, { runs: 100, events: 800 })
    const bundled = bundledPlugin()
    // A command that needs the plugin shows that the trace can see it; where there is something to look after, it would
    // start a supervisor, whose end the trace would wait for.
    if (!(await openedBy(empty, ["list"])).some((path) => isPluginCode(path, bundled))) {
      throw new Error("the trace does not show the plugin even where it is needed")
    }
    let total = 0
    const found = new Set<string>()
    for (const args of commands) {
      const opened = await openedBy(box, args)
      total += opened.length
      for (const path of opened) if (isPluginCode(path, bundled)) found.add(`${args.join(" ")}: ${path}`)
    }
    const list = found.size === 0 ? "none" : [...found].join(", ")
    const details = `${list}; ${total} files opened by ${commands.length} commands`
    return [{ name, value: found.size, unit: "files", limit: 0, details }]
  } finally {
    await Promise.all([box.destroy(), empty.destroy()])
  }
}
