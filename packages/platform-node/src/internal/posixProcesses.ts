import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"

/** What a command printed; `undefined` when it failed or is missing. */
const output = (command: string, args: ReadonlyArray<string>): Effect.Effect<string | undefined> =>
  Effect.callback<string | undefined>((resume) => {
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC0" }
    execFile(command, args, { env, timeout: 5000 }, (error, stdout) =>
      resume(Effect.succeed(error === null ? stdout.trim() : undefined))
    )
  })

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there and somebody else's.
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

/**
 * When a process was started, as `ps` tells it; empty when `ps` does not; `undefined` when there is none of that
 * number, or one that has ended and only waits to be collected.
 */
export const startTimeOf = (pid: number): Effect.Effect<string | undefined> =>
  Effect.suspend(() => {
    if (!exists(pid)) return Effect.succeed(undefined)
    if (process.platform === "win32") return Effect.succeed("")
    return Effect.map(output("ps", ["-o", "stat=,lstart=", "-p", String(pid)]), (line) => {
      if (line === undefined) return exists(pid) ? "" : undefined
      const [state = "", ...startTime] = line.split(/\s+/)
      return state.startsWith("Z") ? undefined : startTime.join(" ")
    })
  })

/** Which start of this computer it is. Where nothing tells, the computer itself stands for it. */
export const bootId: Effect.Effect<string> = Effect.suspend(() =>
  process.platform === "darwin"
    ? Effect.map(output("sysctl", ["-n", "kern.bootsessionuuid"]), (text) => text ?? "")
    : Effect.succeed("one boot")
)

/** These systems number their processes only once. */
export const namespace = (): string | undefined => undefined

/** These systems do not tell who holds a lock without tools that may be missing. */
export const lockersOf = (_files: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<number>> => Effect.succeed([])
