import { spawn } from "node:child_process"
import { closeSync, existsSync, globSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { stripVTControlCharacters } from "node:util"

/** What a gate found: `left out` says that it could not look, and why; it is never an `ok`. */
export interface Verdict {
  readonly status: "ok" | "failed" | "left out"
  readonly detail: string
}

export interface Gate {
  readonly name: string
  readonly holds: string
  /** Gates that must have run before, when they run at all. */
  readonly after?: ReadonlyArray<string>
  readonly run: (root: string) => Promise<Verdict>
}

/** Where the tools are. The tree they look at may be another one. */
export const repository = resolve(import.meta.dirname, "../..")

const ok = (detail = ""): Verdict => ({ status: "ok", detail })
export const failed = (detail: string): Verdict => ({ status: "failed", detail })
export const leftOut = (detail: string): Verdict => ({ status: "left out", detail })

/** Red when there is anything to complain about. */
export const fromComplaints = (complaints: ReadonlyArray<string>, detail = ""): Verdict =>
  complaints.length === 0 ? ok(detail) : failed(complaints.join("\n"))

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program to its end. Standard output goes by way of a file: a program that exits without waiting for a pipe to drain
 * (attw does) would lose its end.
 */
export const exec = (command: string, args: ReadonlyArray<string>, cwd: string): Promise<Outcome> =>
  new Promise((done, fail) => {
    const folder = mkdtempSync(join(tmpdir(), "runctl-check-"))
    const output = openSync(join(folder, "stdout"), "w+")
    const env = { ...process.env, NO_COLOR: "1", CI: "1" }
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", output, "pipe"] })
    let stderr = ""
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    const finish = (): string => {
      const stdout = readFileSync(join(folder, "stdout"), "utf8")
      closeSync(output)
      rmSync(folder, { recursive: true, force: true })
      return stdout
    }
    child.once("error", (cause) => {
      finish()
      fail(cause)
    })
    child.once("close", (code) => {
      done({ code: code ?? 1, stdout: stripVTControlCharacters(finish()), stderr: stripVTControlCharacters(stderr) })
    })
  })

export const tool = (name: string): string => join(repository, "node_modules/.bin", name)

/** A tool whose exit code is the verdict and whose output is the detail. */
export const byExitCode = async (command: string, args: ReadonlyArray<string>, cwd: string): Promise<Verdict> => {
  const { code, stdout, stderr } = await exec(command, args, cwd)
  return code === 0 ? ok() : failed(`${stdout}${stderr}`.trim())
}

export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly [field: string]: unknown
}

export interface Workspace {
  readonly folder: string
  readonly manifest: Manifest
}

export const readJson = <A>(file: string): A => JSON.parse(readFileSync(file, "utf8"))

export const workspaces = (root: string): ReadonlyArray<Workspace> => {
  const { workspaces: patterns } = readJson<{ readonly workspaces: ReadonlyArray<string> }>(join(root, "package.json"))
  return patterns
    .flatMap((pattern) => globSync(`${pattern}/package.json`, { cwd: root }))
    .map((file) => ({ folder: dirname(file), manifest: readJson<Manifest>(join(root, file)) }))
    .toSorted((left, right) => left.folder.localeCompare(right.folder))
}

export const published = (root: string): ReadonlyArray<Workspace> =>
  workspaces(root).filter(({ manifest }) => manifest.private !== true)

/** TypeScript sources of a workspace, as paths from the root. */
export const sources = (root: string, folder: string): ReadonlyArray<string> =>
  existsSync(join(root, folder, "src")) ? globSync(`${folder}/src/**/*.ts`, { cwd: root }).toSorted() : []
