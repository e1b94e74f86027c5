import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0

/** Why tests that ask OpenSSH for its opinion are left out. */
export const withoutOpenSsh = ["ssh", "ssh-keygen"].some((program) => !has(program))
  ? " (left out: OpenSSH's client is not installed)"
  : ""

export const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-ssh-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const keygen = (...args: ReadonlyArray<string>): string =>
  execFileSync("ssh-keygen", ["-q", ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
