/**
 * Looks at this computer: Node, the state folder and who may read it, room on its disk, npm.
 */
import { spawnSync } from "node:child_process"
import { accessSync, constants, existsSync, type Stats, statfsSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import type { CheckView } from "../output/checks.ts"
import { bytes } from "../render/units.ts"

const gibibyte = 2 ** 30
const enoughRoom = gibibyte
const leastRoom = gibibyte / 10

/** The running Node. An older one than is needed never comes this far. */
export const checkNode = (): CheckView => ({
  name: "node",
  status: "ok",
  message: `${process.version} (${process.execPath})`,
  advice: null
})

const isOthers = ({ uid }: Stats): boolean => process.getuid !== undefined && uid !== process.getuid()

/** What is wrong with the permissions of a folder or a file that is nobody else's business. */
const exposedBy = (path: string): string | undefined => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || process.platform === "win32") return undefined
  if (isOthers(found)) return `${path} belongs to another user`
  return (found.mode & 0o077) === 0 ? undefined : `${path} can be read by others (${(found.mode & 0o777).toString(8)})`
}

/** The state folder: there, ours, and closed to others. */
export const checkHome = (home: string): CheckView => {
  const name = "home"
  const fail = (message: string, advice: string): CheckView => ({ name, status: "fail", message, advice })
  const found = statSync(home, { throwIfNoEntry: false })
  if (found === undefined)
    return { name, status: "ok", message: `${home} (made when it is first needed)`, advice: null }
  if (!found.isDirectory()) return fail(`${home} is not a folder`, "Move it away, or point RUNCTL_HOME elsewhere.")
  try {
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    return fail(
      `${home} cannot be read and written`,
      `Make it yours (\`ls -ld ${home}\`), or point RUNCTL_HOME elsewhere.`
    )
  }
  const exposed = [home, ...["journal.db", "owner", "trusted.json", "supervisor.log"].map((file) => join(home, file))]
    .map(exposedBy)
    .filter((text) => text !== undefined)
  return exposed.length === 0
    ? { name, status: "ok", message: home, advice: null }
    : { name, status: "warn", message: exposed.join("\n"), advice: `chmod -R go-rwx ${home}` }
}

const nearestFolder = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path))

/** How much room is left for logs, checkpoints and outputs. */
export const roomCheck = (free: number, home: string): CheckView => {
  const message = `${bytes(free)} free for ${home}`
  if (free >= enoughRoom) return { name: "disk", status: "ok", message, advice: null }
  const advice =
    "Logs and checkpoints are usually the largest: `runctl checkpoints prune`, and folders of old runs below runs/."
  return { name: "disk", status: free < leastRoom ? "fail" : "warn", message, advice }
}

/** The room on the disk of the state folder. */
export const checkDisk = (home: string): CheckView => {
  try {
    const { bavail, bsize } = statfsSync(nearestFolder(home))
    return roomCheck(bavail * bsize, home)
  } catch (error) {
    const message = `cannot be asked: ${error instanceof Error ? error.message : String(error)}`
    return { name: "disk", status: "warn", message, advice: null }
  }
}

/** The user's npm, which only `plugins install` needs. */
export const checkNpm = (): CheckView => {
  const { error, status, stdout } = spawnSync("npm", ["--version"], { encoding: "utf8", timeout: 10_000 })
  return error === undefined && status === 0
    ? { name: "npm", status: "ok", message: stdout.trim(), advice: null }
    : {
        name: "npm",
        status: "warn",
        message: "not found; only `runctl plugins install` needs it",
        advice: "It comes with Node from https://nodejs.org."
      }
}
