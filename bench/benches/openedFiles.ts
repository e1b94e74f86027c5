import { globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Box, program } from "../../test/harness/Box.ts"
import { lacking } from "../../test/harness/tools.ts"
import { fill } from "../journal.ts"
import type { Result, Skipped } from "../Result.ts"

const commands = [
  ["--help"],
  ["train", "--help"],
  ["list", "--offline"],
  ["status", "bench-7"],
  ["providers", "list"],
  ["compare", "--help"],
  ["runs", "list"],
  ["offers", "list"]
]

const root = dirname(dirname(dirname(program)))
const dist = join(root, "cli", "dist")

/** Sentences that a source says in quotes, long enough to be its own. */
const saidIn = (files: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(
    files
      .flatMap((file) => readFileSync(file, "utf8").match(/"[^"\\\n]{20,}"/g) ?? [])
      .filter((text) => text.split(" ").length > 3)
  )

const sourcesOf = (folder: string): ReadonlyArray<string> =>
  globSync(`${folder}/src/**/*.ts`, { cwd: root }).map((name) => join(root, name))

/** The parts of the bundle with the code of each bundled plugin, found by what nobody else says. */
const codeOf = (plugins: ReadonlyArray<string>): ReadonlyMap<string, ReadonlySet<string>> => {
  const built = globSync("**/*.js", { cwd: dist })
    .map((name) => join(dist, name))
    .map((file) => ({ file, text: readFileSync(file, "utf8") }))
  const others = saidIn([...sourcesOf("packages/*"), ...sourcesOf("cli")])
  return new Map(
    plugins.map((name) => {
      const manifest = readFileSync(join(root, "plugins", name, "package.json"), "utf8")
      const elsewhere = saidIn(plugins.filter((each) => each !== name).flatMap((each) => sourcesOf(`plugins/${each}`)))
      const own = [...saidIn(sourcesOf(`plugins/${name}`))].filter(
        (text) => !others.has(text) && !elsewhere.has(text) && !manifest.includes(text)
      )
      const files = built.filter(({ text }) => own.some((each) => text.includes(each.slice(1, -1))))
      if (files.length === 0) throw new Error(`nothing in the bundle is the plugin ${name}'s`)
      return [name, new Set(files.map(({ file }) => file))] as const
    })
  )
}

/** The providers that come with runctl, by its own word. */
const bundledPlugins = async (box: Box): Promise<ReadonlyArray<string>> => {
  const { stdout } = await box.run(["providers", "list", "--json"])
  const providers: ReadonlyArray<{ readonly name: string; readonly origin: string }> = JSON.parse(stdout).providers
  return providers.filter(({ origin }) => origin === "bundled").map(({ name }) => name)
}

/** What only describes a plugin may be opened. */
const isPluginCode = (path: string, bundled: ReadonlySet<string>): boolean =>
  bundled.has(path) ||
  (/(\/plugins\/[^/]+\/|runctl-plugin-|@aws-sdk|\/ssh2\/)/.test(path) &&
    !/\/(package|oclif\.manifest)\.json$/.test(path))

/** The files a command opens. */
const openedBy = async (box: Box, args: ReadonlyArray<string>, mayFail = false): Promise<ReadonlyArray<string>> => {
  const trace = join(box.folder, "trace")
  const traced = ["-f", "-qq", "-e", "trace=open,openat,openat2", "-o", trace, process.execPath, program, ...args]
  const { code, stderr } = await box.startProgram("strace", traced).ended
  if (code !== 0 && !mayFail) throw new Error(`runctl ${args.join(" ")} ended with ${code}: ${stderr}`)
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
    const code = codeOf(await bundledPlugins(empty))
    const bundled = new Set([...code.values()].flatMap((files) => [...files]))
    // A command that needs a plugin, with or without its credentials, shows that the trace can see it; where there is
    // something to look after, it would start a supervisor, whose end the trace would wait for.
    for (const [plugin, files] of code) {
      if (!(await openedBy(empty, ["list", "--provider", plugin], true)).some((path) => files.has(path))) {
        throw new Error(`the trace does not show the plugin ${plugin} even where it is needed`)
      }
    }
    let total = 0
    const found = new Set<string>()
    for (const args of commands) {
      const opened = await openedBy(box, args)
      total += opened.length
      for (const path of opened) if (isPluginCode(path, bundled)) found.add(`${args.join(" ")}: ${path}`)
    }
    const list = found.size === 0 ? "none" : [...found].join(", ")
    const details = `${list} of ${code.size} plugins' (${[...code.keys()].join(", ")}); ${total} files opened by ${commands.length} commands`
    return [{ name, value: found.size, unit: "files", limit: 0, details }]
  } finally {
    await Promise.all([box.destroy(), empty.destroy()])
  }
}
