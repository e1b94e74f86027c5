import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Emulator from "../../src/Emulator.ts"
import * as SshMachine from "../../src/SshMachine.ts"
import { hasSsh } from "../openssh.ts"
import { call, cpu } from "./client.ts"

export const why: string | undefined = hasSsh ? Emulator.missingMachines() : "there is no ssh or sshd here"

/** Not port 22, which this computer's own sshd may have at every address. */
export const machines = { machines: "ssh", sshPort: 2022 } as const

/** A pair of keys as texts. */
interface Pair {
  readonly file: string
  readonly privateKey: string
  readonly publicKey: string
}

/** What a user of the cloud has: a key to log in with, and one that the machine is to show. */
export interface User extends AsyncDisposable {
  readonly folder: string
  readonly login: Pair
  readonly host: Pair
}

const pair = async (file: string): Promise<Pair> => {
  const { publicKey } = await SshMachine.makeKey(file)
  return { file, publicKey, privateKey: await readFile(file, "utf8") }
}

export const user = async (): Promise<User> => {
  const folder = await mkdtemp(join(tmpdir(), "runctl-user-"))
  const [login, host] = [await pair(join(folder, "login")), await pair(join(folder, "host"))]
  return { folder, login, host, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

const indented = (text: string): string => text.trimEnd().replaceAll(/^/gm, "    ")

/** What makes a machine known before it is reached. */
export const pinned = ({ host, login }: User): string => `#cloud-config
bootcmd:
  - date +%s >> /root/boots
  - [sh, -c, 'echo "it''s $0" > /root/argv', "a b"]
ssh_keys:
  ed25519_private: |
${indented(host.privateKey)}
  ed25519_public: ${host.publicKey}
users:
  - name: trainer
    shell: /bin/sh
    ssh_authorized_keys: [${login.publicKey}]
write_files:
  - path: /opt/runctl/file
    content: |
      first
      second
    permissions: "0600"
runcmd:
  - echo ran >> /root/ran
`

/** Rents a machine for the user and waits until it is active. */
export const rented = async (cloud: Emulator.Cloud, { login }: User, body: object): Promise<number> => {
  await call(cloud, "POST", "/v2/account/keys", { name: "login", public_key: login.publicKey })
  const [key] = (await call(cloud, "GET", "/v2/account/keys")).body.ssh_keys
  const sent = { name: "rented-one", ...cpu, ssh_keys: [key.id], ...body }
  const { id } = (await call(cloud, "POST", "/v2/droplets", sent)).body.droplet
  await becomes(cloud, id, "active")
  return id
}

/** Waits until the API says so. */
export const becomes = async (cloud: Emulator.Cloud, id: number, status: string): Promise<void> => {
  for (;;) {
    const { body } = await call(cloud, "GET", `/v2/droplets/${id}`)
    if (body.droplet?.status === status) return
    if (cloud.violations.length > 0) throw new Error(JSON.stringify(cloud.violations))
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

interface Outcome {
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

/** Logs in to where the API says the machine is, and only if it shows the key. */
export const login = async (
  cloud: Emulator.Cloud,
  id: number,
  { folder, login }: User,
  command: string,
  { hostKey, name = "root" }: { readonly hostKey: string; readonly name?: string }
): Promise<Outcome> => {
  const machine = cloud.machine(id)
  const address = cloud.machines().find((each) => each.id === id)?.publicIp ?? ""
  const at = machine?.port === 22 ? address : `[${address}]:${machine?.port}`
  const known = join(folder, "known_hosts")
  await writeFile(known, `${at} ${hostKey}\n`)
  const settings = [
    `Port=${machine?.port}`,
    `UserKnownHostsFile=${known}`,
    "GlobalKnownHostsFile=none",
    "StrictHostKeyChecking=yes",
    "IdentitiesOnly=yes",
    "BatchMode=yes"
  ].flatMap((setting) => ["-o", setting])
  return new Promise((resolve) => {
    const args = ["-F", "none", "-i", login.file, ...settings, `${name}@${address}`, command]
    const child = execFile("ssh", args, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }))
    child.stdin?.end()
  })
}
