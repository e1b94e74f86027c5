/**
 * `npm run emulate`: the cloud on a port of this computer until Ctrl-C, for trying the plugin by hand. `PORT` is the API's,
 * `SSH_PORT` that of its machines.
 */
import * as Emulator from "@runctl/testkit/Emulator"
import { serve } from "./Cloud.ts"

const withoutMachines = Emulator.missingMachines()
const sshPort = Number(process.env["SSH_PORT"] ?? 22)

const start = () =>
  serve({
    port: Number(process.env["PORT"] ?? 4010),
    bootSeconds: 2,
    deleteSeconds: 1,
    machines: withoutMachines === undefined ? "ssh" : "none",
    sshPort
  }).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`Error: ${message}\n  Try: PORT=4011 SSH_PORT=2022 npm run emulate\n`)
    return process.exit(1)
  })

const cloud = await start()
const variables = Object.entries(cloud.environment).map(([name, value]) => `  export ${name}=${value}`)
process.stdout.write(
  [
    `An emulated ${cloud.core.title} listens at ${cloud.url}. It costs nothing; Ctrl-C ends it and its machines.`,
    "",
    ...variables,
    ...(sshPort === 22 ? [] : [`  runctl config set providers.fernhill.ssh-port ${sshPort}`]),
    "",
    `Machines, money and requests: ${cloud.url}/_emulator/state`,
    ...(withoutMachines === undefined ? [] : [`Nothing can be run on its machines here: ${withoutMachines}`]),
    ""
  ].join("\n")
)
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void cloud.close())
