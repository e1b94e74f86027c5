import { readdirSync, rmSync } from "node:fs"
import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

const prefix = "runctl-rented-"

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH")
  }
}

/** A machine ends with the process that has rented it, but a process that was killed leaves the folder. */
const removeAbandoned = (): void => {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(name) ?? []
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}

/** A new folder for a machine of this process. */
export const machineFolder = (): Promise<string> => {
  removeAbandoned()
  return mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
}
