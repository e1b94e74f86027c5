import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const mount = (folder: string): void => {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" })
}

const unmount = (folder: string): void => {
  execFileSync("umount", [folder], { stdio: "ignore" })
}

const folderFor = (): string => mkdtempSync(join(tmpdir(), "runctl-test-disk-"))

/** Whether this user may mount a disk in memory. */
export const canMount = ((): boolean => {
  const folder = folderFor()
  try {
    mount(folder)
    unmount(folder)
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})()

/** A disk of one MiB, gone with the scope. */
export const smallDisk = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = folderFor()
    mount(folder)
    return folder
  }),
  (folder) =>
    Effect.sync(() => {
      unmount(folder)
      rmSync(folder, { recursive: true, force: true })
    })
)

/** Takes all space there is; answers what gives it back. */
export const fill = (folder: string): (() => void) => {
  const file = join(folder, "filler")
  const opened = openSync(file, "w")
  const block = Buffer.alloc(4096)
  try {
    for (;;) writeSync(opened, block)
  } catch {
    closeSync(opened)
  }
  return () => rmSync(file)
}

/** Lets nobody write to a disk until the scope ends. */
export const readOnly = (folder: string) =>
  Effect.acquireRelease(
    Effect.sync(() => execFileSync("mount", ["-o", "remount,ro", folder])),
    () => Effect.sync(() => execFileSync("mount", ["-o", "remount,rw", folder]))
  )
