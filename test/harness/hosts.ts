import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { FaultProxy, type Faults } from "@runctl/testkit/FaultProxy"
import { SshMachine, type SshMachineOptions } from "@runctl/testkit/SshMachine"
import type { Box } from "./Box.ts"

/** A host of the user's, reached by a way that can be made bad. */
export interface Host {
  readonly sshd: SshMachine
  readonly way: FaultProxy
}

/** Runs a test with one host named `gpu` in the user's configuration. */
export const withHost = async (
  box: Box,
  body: (host: Host) => Promise<void>,
  options: SshMachineOptions = {},
  faults: Faults = {}
): Promise<void> => {
  const sshd = await SshMachine.start({ ...options, isolation: "namespace" })
  const way = await FaultProxy.start({ to: sshd.port, ...faults })
  const folder = join(box.folder, "user", ".config", "runctl")
  mkdirSync(folder, { recursive: true })
  const host = { name: "gpu", host: "127.0.0.1", port: way.port, user: sshd.user, "identity-file": sshd.clientKey.file }
  writeFileSync(join(folder, "config.yaml"), JSON.stringify({ providers: { ssh: { hosts: [host] } } }))
  try {
    await body({ sshd, way })
  } finally {
    await way.close()
    await sshd.close()
  }
}
