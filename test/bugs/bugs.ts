/**
 * `npm run bugs` plants every bug in every plugin, `npm run bugs -- verda` those of one, and says which are found. Ends with 1
 * where tests fail without any bug, or fewer than nine of ten are found.
 */
import { type Bug, bugsOf, plugins } from "./Bug.ts"
import { run } from "./plant.ts"

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const isFound = async (plugin: string, bug: Bug): Promise<boolean> => {
  const { passed } = await run(plugin, bug.tests, bug)
  say(`${passed ? "MISSED" : "found "}  ${plugin}: ${bug.name}`)
  return !passed
}

const isWell = async (plugin: string): Promise<boolean> => {
  const bugs = bugsOf(plugin)
  const clean = await run(plugin, [...new Set(bugs.flatMap(({ tests }) => tests))])
  if (!clean.passed) {
    say(`${plugin}: its tests fail without any bug\n${clean.output}`)
    return false
  }
  let found = 0
  for (const bug of bugs) if (await isFound(plugin, bug)) found += 1
  say(`${plugin}: ${found} of ${bugs.length} bugs are found`)
  return found >= bugs.length * 0.9
}

const main = async (): Promise<number> => {
  const asked = process.argv.slice(2)
  const unknown = asked.filter((name) => !plugins.includes(name))
  if (unknown.length > 0) {
    process.stderr.write(`No bugs are listed for ${unknown.join(", ")}. There are some for ${plugins.join(", ")}.\n`)
    return 2
  }
  let code = 0
  for (const plugin of asked.length === 0 ? plugins : asked) if (!(await isWell(plugin))) code = 1
  return code
}

process.exitCode = await main()
