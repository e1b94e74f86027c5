import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

const source = fileURLToPath(new URL("../../src/internal/emulator/program.ts", import.meta.url))
const script = `import { main } from ${JSON.stringify(source)}; await main(process.argv.slice(1))`

/** The program, running; it does not outlive the test. */
export interface Program extends AsyncDisposable {
  readonly pid: number | undefined
  readonly said: () => string
  readonly complained: () => string
  readonly exit: Promise<unknown>
  readonly kill: (signal: NodeJS.Signals) => void
}

export const run = (...args: ReadonlyArray<string>): Program => {
  const node = ["--conditions=source", "--input-type=module", "-e", script, "--", ...args]
  const child = spawn(process.execPath, node, { stdio: ["ignore", "pipe", "pipe"] })
  const exit = once(child, "exit")
  let [stdout, stderr] = ["", ""]
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  const kill = (signal: NodeJS.Signals) => void child.kill(signal)
  const end = async () => {
    kill("SIGKILL")
    await exit
  }
  return { pid: child.pid, said: () => stdout, complained: () => stderr, exit, kill, [Symbol.asyncDispose]: end }
}

export const patiently = { timeout: 20_000 }
