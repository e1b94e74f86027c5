/**
 * Where things lie on this computer.
 */
import { existsSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, isAbsolute, join, resolve } from "node:path"

/** An environment, as much of it as is asked for. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The XDG specification wants relative paths ignored. */
const base = (env: Environment, name: string, fallback: string): string => {
  const named = env[name]
  return named !== undefined && isAbsolute(named) ? named : join(env["HOME"] || homedir(), fallback)
}

/** `$XDG_CONFIG_HOME/runctl/config.yaml` */
export const userFile = (env: Environment): string =>
  join(base(env, "XDG_CONFIG_HOME", ".config"), "runctl", "config.yaml")

/** `$XDG_DATA_HOME/runctl`: the same folder that oclif calls its data folder. */
export const dataFolder = (env: Environment): string =>
  env["RUNCTL_DATA_DIR"] || join(env["XDG_DATA_HOME"] || join(env["HOME"] || homedir(), ".local", "share"), "runctl")

/** `RUNCTL_HOME`, else `$XDG_STATE_HOME/runctl`: as `Home` of the runtime finds it. */
export const stateFolder = (env: Environment): string => {
  const chosen = env["RUNCTL_HOME"]
  return chosen !== undefined && chosen !== ""
    ? resolve(chosen)
    : join(base(env, "XDG_STATE_HOME", ".local/state"), "runctl")
}

/** The `runctl.yaml` of the nearest parent folder, if there is one. */
export const projectFile = (from: string): string | undefined => {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const file = join(folder, "runctl.yaml")
    if (existsSync(file)) return file
    if (dirname(folder) === folder) return undefined
  }
}

/** The files that a supervisor reads which is started from here: it lives in the state folder. */
export const supervisorReads = (env: Environment): { readonly user: string; readonly project: string | undefined } => ({
  user: userFile(env),
  project: projectFile(stateFolder(env))
})
