/**
 * `FileSystems` of the computer that Node runs on: Linux by number, elsewhere by what `mount` prints.
 *
 * @since 0.1.0
 */
import { type FileSystemKind, FileSystems } from "@runctl/runtime/FileSystems"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { execFile } from "node:child_process"
import { existsSync, readFileSync, realpathSync, type StatsFs, statfsSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { fuseMagic, isNetworkName, mountinfo, mountOutput, networkByMagic, typeAt } from "./internal/fileSystemTypes.ts"

const unknown: FileSystemKind = { type: "unknown", isNetwork: false }

const nearestExisting = (path: string): string => {
  let current = resolve(path)
  while (!existsSync(current) && dirname(current) !== current) current = dirname(current)
  return realpathSync(current)
}

const statfs = (path: string): StatsFs | undefined => {
  try {
    return statfsSync(nearestExisting(path))
  } catch {
    return undefined
  }
}

const named = (type: string | undefined): FileSystemKind =>
  type === undefined ? unknown : { type, isNetwork: isNetworkName(type) }

const onLinux = (path: string): FileSystemKind => {
  const magic = statfs(path)?.type
  if (magic === undefined) return unknown
  const network = networkByMagic(magic)
  if (network !== undefined) return { type: network, isNetwork: true }
  if (magic !== fuseMagic) return { type: `0x${magic.toString(16)}`, isNetwork: false }
  return named(typeAt(mountinfo(readFileSync("/proc/self/mountinfo", "utf8")), nearestExisting(path)))
}

const byMount = (path: string): Effect.Effect<FileSystemKind> =>
  Effect.callback<FileSystemKind>((resume) => {
    execFile("mount", [], { timeout: 5000 }, (error, stdout) =>
      resume(Effect.succeed(error === null ? named(typeAt(mountOutput(stdout), nearestExisting(path))) : unknown))
    )
  })

/**
 * File systems of this computer. On Windows every kind is unknown.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<FileSystems> = Layer.succeed(
  FileSystems,
  FileSystems.of({
    kindOf: (path) => {
      if (process.platform === "win32") return Effect.succeed(unknown)
      return process.platform === "linux" ? Effect.sync(() => onLinux(path)) : byMount(path)
    },
    freeBytes: (path) =>
      Effect.sync(() => {
        const found = statfs(path)
        return found === undefined ? undefined : found.bavail * found.bsize
      })
  })
)
