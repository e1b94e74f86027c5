import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { signal } from "./processes.ts"
import { until } from "./until.ts"

/** How a process ended and what it printed. */
export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly bytes: Buffer
  readonly stdout: string
  readonly stderr: string
  readonly millis: number
}

export interface CommandOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly input?: string
}

/** A process that runs, with what it has printed so far. */
export class Command {
  readonly #out: Array<Buffer> = []
  readonly #err: Array<Buffer> = []
  readonly #child: ChildProcessWithoutNullStreams
  readonly line: string
  readonly ended: Promise<Outcome>
  isOver = false

  constructor(file: string, args: ReadonlyArray<string>, { cwd, env, input }: CommandOptions) {
    const began = performance.now()
    const child = spawn(file, [...args], { cwd, env: { ...env }, stdio: "pipe" })
    this.#child = child
    this.line = [file, ...args].join(" ")
    child.stdout.on("data", (chunk: Buffer) => this.#out.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => this.#err.push(chunk))
    child.stdin.on("error", () => {})
    if (input !== undefined) child.stdin.end(input)
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject)
      child.once("close", (code, signalName) => {
        this.isOver = true
        const bytes = Buffer.concat(this.#out)
        const millis = performance.now() - began
        resolve({ code, signal: signalName, bytes, stdout: bytes.toString(), stderr: this.stderr, millis })
      })
    })
    // Whoever cares awaits `ended`; a test that has failed meanwhile does not.
    this.ended.catch(() => {})
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error(`could not start: ${this.line}`)
    return pid
  }

  get stdout(): string {
    return Buffer.concat(this.#out).toString()
  }

  get stderr(): string {
    return Buffer.concat(this.#err).toString()
  }

  /** Looks only at the end: cheap, however much was printed. */
  endsWith(text: string): boolean {
    return Buffer.concat(this.#out.slice(-2)).toString("latin1").endsWith(text)
  }

  signal(name: NodeJS.Signals): void {
    if (!this.isOver) signal(this.pid, name)
  }

  /** Types on the process's standard input. */
  type(text: string): void {
    this.#child.stdin.write(text)
  }

  /** Sends bytes to the process's standard input. */
  write(bytes: Uint8Array): void {
    this.#child.stdin.write(bytes)
  }

  closeInput(): void {
    this.#child.stdin.end()
  }

  /** Waits until the process has printed something, and fails with all it printed when it ends without. */
  async printed(pattern: RegExp, seconds = 30): Promise<void> {
    const said = (): string => `\n--- stdout\n${this.stdout.slice(-4000)}\n--- stderr\n${this.stderr.slice(-4000)}`
    const found = (): boolean => pattern.test(this.stdout) || pattern.test(this.stderr)
    await until(`${this.line} prints ${pattern}`, () => found() || this.isOver, seconds).catch((error: unknown) => {
      throw new Error(`${String(error)}${said()}`, { cause: error })
    })
    if (!found()) throw new Error(`${this.line} ended without printing ${pattern}${said()}`)
  }
}
