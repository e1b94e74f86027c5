/**
 * `Processes` of the computer that Node runs on: Linux by /proc, elsewhere by `ps`.
 *
 * @since 0.1.0
 */
import { type DetachedCommand, type ProcessIdentity, Processes, sight, SpawnFailed } from "@runctl/runtime/Processes"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { spawn } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import { hostname } from "node:os"
import * as linux from "./internal/linuxProcesses.ts"
import * as posix from "./internal/posixProcesses.ts"

const system = process.platform === "linux" ? linux : posix

const identify = Effect.gen(function* () {
  const startTime = (yield* system.startTimeOf(process.pid)) ?? ""
  const namespace = system.namespace()
  const identity: ProcessIdentity = {
    pid: process.pid,
    startTime,
    bootId: yield* system.bootId,
    host: hostname(),
    ...(namespace === undefined ? {} : { namespace })
  }
  return identity
})

const environmentWith = (changes: DetachedCommand["environment"]): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries({ ...process.env, ...changes }).filter(([, value]) => value !== undefined))

const spawnDetached = ({ args, command, cwd, environment, logFile }: DetachedCommand) =>
  Effect.callback<number, SpawnFailed>((resume) => {
    const failed = (cause: unknown): void =>
      resume(Effect.fail(new SpawnFailed({ command, message: cause instanceof Error ? cause.message : String(cause) })))
    try {
      const log = openSync(logFile, "a", 0o600)
      try {
        const child = spawn(command, [...args], {
          detached: true,
          stdio: ["ignore", log, log],
          env: environmentWith(environment),
          ...(cwd === undefined ? {} : { cwd })
        })
        child.once("error", failed)
        child.once("spawn", () => resume(Effect.succeed(child.pid ?? 0)))
        child.unref()
      } finally {
        closeSync(log)
      }
    } catch (cause) {
      failed(cause)
    }
  })

/**
 * Processes of this computer.
 *
 * **Details**  on Windows a process is known by its pid alone.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Processes> = Layer.effect(
  Processes,
  Effect.gen(function* () {
    const self = yield* Effect.cached(identify)
    return Processes.of({
      self,
      isAlive: Effect.fn("Processes.isAlive")(function* (identity) {
        return sight(identity, yield* self, yield* system.startTimeOf(identity.pid)) !== "dead"
      }),
      spawnDetached,
      lockersOf: (files) => system.lockersOf(files),
      rss: Effect.sync(() => process.memoryUsage.rss())
    })
  })
)
