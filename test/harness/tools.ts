import { spawnSync } from "node:child_process"

/** Why a test that needs a program cannot run, or `undefined` when it can. */
export const lacking = (tool: string, ...probe: ReadonlyArray<string>): string | undefined => {
  const { error, status } = spawnSync(tool, probe.length === 0 ? ["--version"] : probe, { stdio: "ignore" })
  return error === undefined && status === 0 ? undefined : `there is no ${tool} here`
}
