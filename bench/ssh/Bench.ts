/** A sshd, data to move, and OpenSSH's own programs to compare with. */
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { randomBytes } from "node:crypto"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { SshEndpoint } from "@runctl/core/Endpoint"
import { SshMachine, type SshMachineOptions } from "@runctl/testkit/SshMachine"

const root = dirname(dirname(import.meta.dirname))

/** Memory, where there is such a folder: disks are not what is compared. */
const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()

let built: string | undefined

/** Our process as users have it: bundled, as the CLI is. */
const worker = (): string => {
  if (built !== undefined) return built
  built = join(root, "bench", "results", "worker.mjs")
  execFileSync(process.execPath, [join(root, "scripts", "bundle.mjs"), join(import.meta.dirname, "worker.ts"), built])
  return built
}

/** Nothing of the tests stands between its sshd and the login shell. */
export const machine = (options?: SshMachineOptions): Promise<SshMachine> =>
  SshMachine.start({ ...options, config: ["ForceCommand none"] })

export interface Answer {
  readonly millis: number
  readonly megabytes: number
}

export class SshBench {
  readonly folder = mkdtempSync(join(place, "rcbench-"))
  readonly sshd: SshMachine
  /** The most memory that any of our processes held. */
  megabytes = 0

  constructor(sshd: SshMachine) {
    this.sshd = sshd
    mkdirSync(join(this.folder, "home"))
    writeFileSync(
      this.config,
      [
        "Host box",
        `  HostName ${sshd.host}`,
        `  Port ${sshd.port}`,
        `  User ${sshd.user}`,
        `  IdentityFile ${sshd.clientKey.file}`,
        "  IdentitiesOnly yes",
        "  StrictHostKeyChecking no",
        "  UserKnownHostsFile /dev/null",
        "  LogLevel ERROR",
        "  BatchMode yes",
        "  Ciphers aes128-gcm@openssh.com",
        ""
      ].join("\n")
    )
  }

  get config(): string {
    return join(this.folder, "ssh_config")
  }

  get endpoint(): SshEndpoint {
    return {
      _tag: "Ssh",
      host: this.sshd.host,
      port: this.sshd.port,
      user: this.sshd.user,
      login: "user",
      identityFile: this.sshd.clientKey.file,
      hostKey: this.sshd.hostKey,
      directory: this.folder
    }
  }

  /** Has one of our processes do something. */
  ours(order: Readonly<Record<string, unknown>>, endpoints: ReadonlyArray<SshEndpoint> = [this.endpoint]): number {
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [
        join(import.meta.dirname, "start.mjs"),
        worker(),
        JSON.stringify({ ...order, endpoints, home: join(this.folder, "home") })
      ],
      { encoding: "utf8", env: { ...process.env, HOME: join(this.folder, "home"), SSH_AUTH_SOCK: "" } }
    )
    if (status !== 0) throw new Error(`${JSON.stringify(order)}: ${stderr}`)
    const answer: Answer = JSON.parse(stdout)
    this.megabytes = Math.max(this.megabytes, answer.megabytes)
    return answer.millis
  }

  /** Times a line of shell. */
  theirs(line: string): number {
    const began = performance.now()
    const { status, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8", cwd: this.folder })
    const millis = performance.now() - began
    if (status !== 0) throw new Error(`${line}: ${stderr}`)
    return millis
  }

  path(...names: ReadonlyArray<string>): string {
    return join(this.folder, ...names)
  }

  clear(...names: ReadonlyArray<string>): void {
    for (const name of names) rmSync(this.path(name), { recursive: true, force: true })
  }

  makeSmall(): string {
    const folder = this.path("small")
    for (let index = 0; index < 2000; index++) {
      const below = join(folder, String(index % 40))
      mkdirSync(below, { recursive: true })
      writeFileSync(join(below, `${index}.bin`), randomBytes(20_000))
    }
    return folder
  }

  makeBig(): string {
    const folder = this.path("big")
    mkdirSync(folder)
    const file = join(folder, "500.bin")
    for (let written = 0; written < 50; written++) writeFileSync(file, randomBytes(10_000_000), { flag: "a" })
    return folder
  }

  /** About 10,000 files of a real source tree. */
  makeTree(): string {
    const folder = this.path("tree")
    const modules = join(root, "node_modules")
    let files = 0
    for (const name of ["effect", "@oclif", "typescript", "vite", "vitest", "yaml", ...readdirSync(modules)]) {
      const from = join(modules, name)
      if (files >= 10_000 || name.startsWith(".") || name.startsWith("@runctl") || name.startsWith("node-linux"))
        continue
      const to = join(folder, "node_modules", name)
      // The workspace's own packages are links.
      if (existsSync(to) || !existsSync(from) || lstatSync(from).isSymbolicLink()) continue
      const count = Number(execFileSync("sh", ["-c", 'find "$1" -type f | wc -l', "sh", from]).toString())
      const bytes = Number(execFileSync("du", ["-sk", from]).toString().split("\t")[0])
      if (files + count > 11_000 || bytes > 60_000) continue
      cpSync(from, to, { recursive: true, verbatimSymlinks: true })
      files += count
    }
    return folder
  }

  async destroy(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true })
    await this.sshd.close()
  }
}
