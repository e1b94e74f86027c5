/**
 * `npm run check` runs every gate; `npm run check -- types lint` runs some. Prints a table, and details only of what failed.
 */
import { availableParallelism } from "node:os"
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { failed, type Gate, repository, type Verdict } from "./gates/Gate.ts"
import { gates } from "./gates/gates.ts"

interface Result {
  readonly gate: Gate
  readonly verdict: Verdict
  readonly seconds: number
}

const measure = async (gate: Gate, root: string): Promise<Result> => {
  const started = performance.now()
  const verdict = await gate.run(root).catch((cause: unknown) => failed(String(cause)))
  return { gate, verdict, seconds: (performance.now() - started) / 1000 }
}

const runAll = async (chosen: ReadonlyArray<Gate>, root: string): Promise<ReadonlyArray<Result>> => {
  const running = new Map<string, Promise<Result>>()
  const queue = [...chosen]
  const worker = async (): Promise<void> => {
    for (let gate = queue.shift(); gate !== undefined; gate = queue.shift()) {
      for (const name of gate.after ?? []) await running.get(name)
      const result = measure(gate, root)
      running.set(gate.name, result)
      await result
    }
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker))
  return Promise.all(running.values())
}

const row = ({ gate, seconds, verdict }: Result): string => {
  const note = verdict.status === "failed" ? gate.holds : verdict.detail
  return `${gate.name.padEnd(14)}${verdict.status.padEnd(10)}${seconds.toFixed(1).padStart(6)} s   ${note}`.trimEnd()
}

const main = async (): Promise<number> => {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { root: { type: "string" } } })
  const unknown = positionals.filter((name) => !gates.some((gate) => gate.name === name))
  if (unknown.length > 0) {
    console.error(`No gate is called ${unknown.join(", ")}. Gates: ${gates.map(({ name }) => name).join(" ")}`)
    return 2
  }
  const chosen = positionals.length === 0 ? gates : gates.filter(({ name }) => positionals.includes(name))
  const results = await runAll(chosen, values.root === undefined ? repository : resolve(values.root))
  for (const result of results.filter(({ verdict }) => verdict.status === "failed")) {
    console.log(`── ${result.gate.name}: ${result.gate.holds}\n${result.verdict.detail}\n`)
  }
  for (const result of results) console.log(row(result))
  return results.some(({ verdict }) => verdict.status === "failed") ? 1 : 0
}

process.exitCode = await main()
