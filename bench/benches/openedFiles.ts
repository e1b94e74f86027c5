import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Box, program } from "../../test/harness/Box.ts"
import { lacking } from "../../test/harness/tools.ts"
import { fill } from "../journal.ts"
import type { Result, Skipped } from "../Result.ts"

const commands = [["--help"], ["train", "--help"], ["list", "--offline"], ["status", "bench-7"], ["providers", "list"]]

/** What a plugin or a vendor's kit would be read from; what only describes it may be opened. */
const isPluginCode = (path: string): boolean =>
  /(\/plugins\/|plugin-|@aws-sdk|\/ssh2\/)/.test(path) && !/\/(package|oclif\.manifest)\.json$/.test(path)

/** Files of plugins that help and offline commands open, beside their descriptions. */
export const openedFiles = async (): Promise<ReadonlyArray<Result | Skipped>> => {
  const name = "plugin files opened by help and offline commands"
  const why = lacking("strace", "-V")
  if (why !== undefined) return [{ name, skipped: why }]
  const box = new Box()
  try {
    await fill(box.home, { runs: 100, events: 800 })
    let total = 0
    const found = new Set<string>()
    for (const [index, args] of commands.entries()) {
      const trace = join(box.folder, `trace-${index}`)
      const traced = ["-f", "-qq", "-e", "trace=open,openat,openat2", "-o", trace, process.execPath, program, ...args]
      const { code, stderr } = await box.startProgram("strace", traced).ended
      if (code !== 0) throw new Error(`runctl ${args.join(" ")} ended with ${code}: ${stderr}`)
      const opened = readFileSync(trace, "utf8")
        .split("\n")
        .filter((line) => !line.includes(" = -1 "))
        .flatMap((line) => /"([^"]+)"/.exec(line)?.[1] ?? [])
      if (!opened.some((path) => path.endsWith("cli/bin/run.js"))) throw new Error("the trace does not see the program")
      total += opened.length
      for (const path of opened.filter(isPluginCode)) found.add(`${args.join(" ")}: ${path}`)
    }
    const list = found.size === 0 ? "none" : [...found].join(", ")
    const details = `${list}; ${total} files opened by ${commands.length} commands`
    return [{ name, value: found.size, unit: "files", limit: 0, details }]
  } finally {
    await box.destroy()
  }
}
