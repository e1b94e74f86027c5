/**
 * How what a machine or this computer says becomes a `JobError`.
 *
 * @since 0.1.0
 */
import {
  DigestMismatch,
  JobError,
  LocalFileFailed,
  MachineRefused,
  MachineUnreachable,
  PathEscapes
} from "@runctl/core/JobError"
import type { ShellError, ShellResult } from "@runctl/core/Shell"
import type { PlatformError } from "effect/PlatformError"

/** What was being done. @category models @since 0.1.0 */
export type Operation = JobError["operation"]

/** A shell gave out. @category conversions @since 0.1.0 */
export const fromShell =
  (operation: Operation) =>
  (error: ShellError): JobError =>
    new JobError({
      operation,
      reason:
        error.reason._tag === "Unreachable"
          ? new MachineUnreachable({ message: error.message })
          : new MachineRefused({ message: error.message })
    })

/** The machine answered, and not what it should. @category constructors @since 0.1.0 */
export const refused = (operation: Operation, message: string): JobError =>
  new JobError({ operation, reason: new MachineRefused({ message }) })

/** A command ended with a failure; its last words are the message. @category constructors @since 0.1.0 */
export const command = (operation: Operation, what: string, result: ShellResult): JobError =>
  refused(operation, `${what} (exit code ${result.exitCode}): ${lastLines(`${result.stdout}\n${result.stderr}`, 5)}`)

/** A local file cannot be used. @category constructors @since 0.1.0 */
export const local = (operation: Operation, path: string, message: string): JobError =>
  new JobError({ operation, reason: new LocalFileFailed({ path, message }) })

/** A local file cannot be used, as the platform says. @category conversions @since 0.1.0 */
export const fromPlatform =
  (operation: Operation, path: string) =>
  (error: PlatformError): JobError =>
    local(operation, path, `${path}: ${words[error.reason._tag] ?? error.message}`)

const words: Readonly<Record<string, string>> = {
  NotFound: "no such file or folder",
  PermissionDenied: "permission denied",
  AlreadyExists: "it exists already"
}

/** A path that would leave the folder it belongs to. @category constructors @since 0.1.0 */
export const escapes = (operation: Operation, path: string, message: string): JobError =>
  new JobError({ operation, reason: new PathEscapes({ path, message }) })

/** What arrived is not what was announced. @category constructors @since 0.1.0 */
export const mismatch = (operation: Operation, path: string, message: string): JobError =>
  new JobError({ operation, reason: new DigestMismatch({ path, message }) })

/** The end of a text, for a message. @category formatting @since 0.1.0 */
export const lastLines = (text: string, count: number): string =>
  text
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .slice(-count)
    .join("\n")
