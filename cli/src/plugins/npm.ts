/**
 * The user's own npm.
 */
import { spawn } from "node:child_process"
import { fail } from "../errors/Failure.ts"

/** What an npm that started us has left in the environment would decide where ours installs. */
const isForeign = (name: string): boolean =>
  /^npm_(package|lifecycle|config_(local_prefix|prefix|workspaces?|global|include_workspace_root|ignore_scripts))/i.test(
    name
  ) || name === "INIT_CWD"

const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForeign(name)))

const lastLines = 15

/** Runs npm in a folder; what it says goes to standard error as it comes. Fails with its last words. */
export const npm = (folder: string, args: ReadonlyArray<string>): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn("npm", [...args], { cwd: folder, env: environment(), stdio: ["ignore", "pipe", "pipe"] })
    let said = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-16_384)
        process.stderr.write(chunk)
      })
    }
    child.once("error", (error) => {
      const isMissing = "code" in error && error.code === "ENOENT"
      const message = isMissing ? "npm is not installed, or not in PATH" : `npm could not be started: ${error.message}`
      reject(fail("RUNCTL_E_PLUGIN", message, "npm comes with Node: https://nodejs.org. Then try again."))
    })
    child.once("close", (code, signal) => {
      if (code === 0) resolve()
      else {
        const words = said.trim().split("\n").slice(-lastLines).join("\n")
        const how = signal === null ? `ended with ${code ?? "?"}` : `was ended by ${signal}`
        reject(fail("RUNCTL_E_PLUGIN", `npm ${how}; nothing was changed\n${words}`, "npm's own words are above."))
      }
    })
  })
