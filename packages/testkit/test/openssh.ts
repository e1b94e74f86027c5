import { execFile, spawnSync } from "node:child_process"
import { missing, note, type SshMachine } from "../src/SshMachine.ts"

export const program = "ssh"

const { error } = spawnSync(program, ["-V"])
const why = missing ?? (error === undefined ? undefined : "there is no ssh here")

export const hasSsh = why === undefined
export const whyNoSsh: string = note(why)

interface Outcome {
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command with OpenSSH's own client. */
export const ssh = async (
  machine: SshMachine,
  command: string,
  options: ReadonlyArray<string> = [],
  environment: NodeJS.ProcessEnv = {}
): Promise<Outcome> => {
  const args = [...options, ...(await machine.sshArguments()), command]
  const env = { ...process.env, SSH_AUTH_SOCK: undefined, ...environment }
  return new Promise((resolve) => {
    const child = execFile(program, args, { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr })
    )
    child.stdin?.end()
  })
}
