/**
 * Machines for tests: a real OpenSSH sshd each, on a port of 127.0.0.1, with keys, a home and a configuration of its own.
 *
 * @since 0.1.0
 */
import { rmSync } from "node:fs"
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import * as Keys from "./internal/ssh/keys.ts"
import { homePlace } from "./internal/ssh/homePlace.ts"
import { namespaceMissing, namespacePlace } from "./internal/ssh/namespacePlace.ts"
import type { Place } from "./internal/ssh/place.ts"
import { established, kill } from "./internal/ssh/processes.ts"
import { find, mortal, needed, sftpServer, versionOf } from "./internal/ssh/programs.ts"
import { end, freePort, hangUp, listen, type Server } from "./internal/ssh/server.ts"
import { isLocked, serverConfig } from "./internal/ssh/serverConfig.ts"

/**
 * The kinds of key that every OpenSSH can make; an RSA key takes a while.
 *
 * @category models
 * @since 0.1.0
 */
export type KeyType = Keys.KeyType

/**
 * How a key is made: `pem` is the form of older tools (not for ed25519), a passphrase encrypts the file.
 *
 * @category models
 * @since 0.1.0
 */
export type KeyOptions = Keys.KeyOptions

/**
 * A private key in a file, its public half as one line without comment.
 *
 * @category models
 * @since 0.1.0
 */
export type Key = Keys.Key

/**
 * How far a machine is apart from this computer.
 *
 * @category models
 * @since 0.1.0
 */
export type Isolation = "home" | "namespace"

/**
 * A network namespace that `ip netns` has made, and the address there at which sshd listens.
 *
 * @category models
 * @since 0.1.0
 */
export interface Network {
  readonly namespace: string
  readonly address: string
}

/**
 * What may differ from a plain machine: one ed25519 host key, a login with a key made for it, its user's own shell.
 *
 * @category models
 * @since 0.1.0
 */
export interface SshMachineOptions {
  /** Lines for `sshd_config`, such as `MaxSessions 1`; they win over what stands there otherwise. */
  readonly config?: ReadonlyArray<string>
  readonly hostKeys?: ReadonlyArray<KeyType>
  readonly clientKey?: KeyOptions
  /** Public keys which may log in besides the machine's own client key. */
  readonly authorizedKeys?: ReadonlyArray<string>
  /** The program that runs commands, by name or path; without it, the user's own shell. */
  readonly loginShell?: string
  /** Printed by the login shell before anything else, as a careless `.bashrc` would. */
  readonly greeting?: string
  /**
   * `home`, everywhere: this computer with a home of its own. All machines then share /tmp, /proc, boot and uptime, so
   * that nothing is proven about a reboot, and tools that are missing are so for PATH only.
   *
   * `namespace`, for root on Linux: mounts, processes, boot and uptime of its own, which end with `powerOff`. Kernel,
   * network and what is written outside of the home, /tmp, /var/tmp, /run and /dev/shm are still this computer's.
   */
  readonly isolation?: Isolation
  /** For root on Linux: a link that is slow or lossy leads there. Without it, sshd listens at 127.0.0.1. */
  readonly network?: Network
  /** The only programs in PATH. */
  readonly only?: ReadonlyArray<string>
  /** Programs that the machine does not have. */
  readonly without?: ReadonlyArray<string>
  /** Programs that the machine has besides, by name: a whole script each, such as a `nvidia-smi` that prints GPUs. */
  readonly programs?: Readonly<Record<string, string>>
  /** Seconds by which `date` is ahead. Files' times stay right. */
  readonly clockOffset?: number
  /** Files and folders that are empty on the machine, such as `/proc/uptime`; in a namespace only. */
  readonly hidden?: ReadonlyArray<string>
  /** For root in a namespace only. */
  readonly readOnlyHome?: boolean
  /** The size of the disk that home, /tmp and /var/tmp share, and which is empty after `powerOff`; in a namespace only. */
  readonly diskBytes?: number
}

/**
 * Why a program cannot be used here, as words for a test's title; `undefined` where it can.
 *
 * @category conditions
 * @since 0.1.0
 */
export const missingProgram = (name: string): string | undefined =>
  find(name) === undefined ? `there is no ${name} here` : undefined

/**
 * Why no machine can be started here, as words for a test's title; `undefined` where it can.
 *
 * @category conditions
 * @since 0.1.0
 */
export const missing: string | undefined =
  process.platform === "win32"
    ? "sshd is started on POSIX systems only"
    : (missingProgram("sshd") ?? missingProgram("ssh-keygen"))

/**
 * The same for machines of one isolation.
 *
 * @category conditions
 * @since 0.1.0
 */
export const missingFor = (isolation: Isolation): string | undefined =>
  missing ?? (isolation === "namespace" ? namespaceMissing() : undefined)

/**
 * For the end of a title: nothing, or the reason for which its tests are skipped.
 *
 * @category conditions
 * @since 0.1.0
 */
export const note = (reason: string | undefined): string => (reason === undefined ? "" : ` (skipped: ${reason})`)

/**
 * Makes a key in a new file.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeKey: (file: string, options?: KeyOptions) => Promise<Key> = Keys.makeKey

/**
 * How `ssh` shows a public key to the user, and how a provider may tell it: `SHA256:…`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const fingerprint: (publicKey: string) => string = Keys.fingerprint

const running = new Set<SshMachine>()

process.on("exit", () => {
  for (const machine of running) machine.abandon()
})

/**
 * A machine behind SSH. It is closed by `close` or `await using`; nothing of it stays behind.
 *
 * @category models
 * @since 0.1.0
 */
export class SshMachine {
  readonly host: string
  readonly user: string = userInfo().username
  readonly port: number
  /** Everything of the machine lies in here. */
  readonly folder: string
  readonly clientKey: Key
  readonly #options: SshMachineOptions
  readonly #place: Place
  #hostKeys: ReadonlyArray<Key> = []
  #server: Server | undefined

  private constructor(options: SshMachineOptions, folder: string, port: number, clientKey: Key) {
    this.#options = options
    this.host = options.network?.address ?? "127.0.0.1"
    this.folder = folder
    this.port = port
    this.clientKey = clientKey
    const { clockOffset = 0, diskBytes, greeting, hidden = [], loginShell, only } = options
    this.#place = (options.isolation === "namespace" ? namespacePlace : homePlace)({
      folder,
      user: this.user,
      loginShell: loginShell === undefined ? (userInfo().shell ?? "/bin/sh") : needed(loginShell),
      greeting,
      only,
      without: options.without ?? [],
      programs: options.programs ?? {},
      clockOffset,
      hidden,
      readOnlyHome: options.readOnlyHome ?? false,
      diskBytes
    })
  }

  /** Starts a machine that listens when the promise is kept. */
  static async start(options: SshMachineOptions = {}): Promise<SshMachine> {
    const folder = await mkdtemp(join(tmpdir(), "runctl-ssh-"))
    try {
      await mkdir(join(folder, "home"), { mode: 0o700 })
      const clientKey = await Keys.makeKey(join(folder, "client_key"), options.clientKey)
      return await SshMachine.#onFreePort(options, folder, clientKey)
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  static async #onFreePort(options: SshMachineOptions, folder: string, clientKey: Key): Promise<SshMachine> {
    for (let left = 5; ; left--) {
      const machine = new SshMachine(options, folder, await freePort(), clientKey)
      running.add(machine)
      try {
        await machine.setAuthorizedKeys([clientKey.publicKey, ...(options.authorizedKeys ?? [])])
        await machine.#makeHostKeys()
        await machine.boot()
        return machine
      } catch (error) {
        running.delete(machine)
        await machine.powerOff()
        if (left === 0 || !String(error).includes("Address already in use")) throw error
      }
    }
  }

  /** The login's home, as the machine sees it. */
  get home(): string {
    return this.#place.home
  }

  /** Where this computer finds a file of the machine, while that runs. */
  pathOf(path: string): string {
    return this.#place.pathOf(path)
  }

  /** The public host keys. */
  get hostKeys(): ReadonlyArray<string> {
    return this.#hostKeys.map(({ publicKey }) => publicKey)
  }

  /** The first of them, which is all where no others were asked for. */
  get hostKey(): string {
    return this.hostKeys[0] ?? ""
  }

  /** Lines for a `known_hosts` file. */
  get knownHosts(): string {
    return this.hostKeys.map((key) => `[${this.host}]:${this.port} ${key}\n`).join("")
  }

  get isListening(): boolean {
    return this.#server !== undefined
  }

  /** What OpenSSH's own `ssh` or `sftp` needs to log in without asking anything; a command follows. */
  async sshArguments(): Promise<ReadonlyArray<string>> {
    const known = join(this.folder, "known_hosts")
    await writeFile(known, this.knownHosts)
    const settings = [
      `Port=${this.port}`,
      `UserKnownHostsFile=${known}`,
      "GlobalKnownHostsFile=none",
      "IdentitiesOnly=yes",
      "BatchMode=yes"
    ]
    const options = ["-F", "none", "-i", this.clientKey.file, ...settings.flatMap((setting) => ["-o", setting])]
    return [...options, `${this.user}@${this.host}`]
  }

  /** Who may log in from now on. */
  async setAuthorizedKeys(publicKeys: ReadonlyArray<string>): Promise<void> {
    await writeFile(join(this.folder, "authorized_keys"), publicKeys.map((key) => `${key}\n`).join(""))
  }

  /** Starts the machine that was switched off, or only the sshd that was stopped, on the same port. */
  async boot(): Promise<void> {
    if (this.#server !== undefined) return
    await this.#place.boot()
    const sshd = needed("sshd")
    await writeFile(join(this.folder, "sshd_config"), this.#serverConfig(sshd))
    const command = [sshd, "-D", "-e", "-f", join(this.#place.folder, "sshd_config")]
    const network = this.#options.network
    const there = network === undefined ? [] : [needed("ip"), "netns", "exec", network.namespace]
    this.#server = await listen(mortal([...there, ...this.#place.enter(command)]), join(this.folder, "log"))
  }

  /** Ends sshd and every connection; what was started on the machine runs on. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server !== undefined) await end(server)
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.boot()
  }

  /** Another machine answers at the same address from now on. */
  async changeHostKey(): Promise<void> {
    await this.stop()
    await this.#makeHostKeys()
    await this.boot()
  }

  /** Ends the sshd of each connection, as a crash would, and says how many processes that were. */
  killConnections(): number {
    return this.#server === undefined ? 0 : hangUp(this.#server)
  }

  /** How many connections are open, seen from the machine; Linux only. */
  connections(): number {
    return this.#server === undefined ? 0 : established(this.#server.pid, this.port)
  }

  /** What sshd has written so far. */
  log(): Promise<string> {
    return readFile(join(this.folder, "log"), "utf8")
  }

  /** Ends everything that runs here, sshd too. What lies in the home and in /var/tmp is there after `boot`. */
  async powerOff(): Promise<void> {
    await this.stop()
    await this.#place.end()
  }

  async close(): Promise<void> {
    await this.powerOff()
    running.delete(this)
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The same at once, for a process that ends. */
  abandon(): void {
    if (this.#server !== undefined) kill([this.#server.pid])
    this.#place.abandon()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #makeHostKeys(): Promise<void> {
    const types = this.#options.hostKeys ?? ["ed25519"]
    this.#hostKeys = await Promise.all(types.map((type) => Keys.makeKey(join(this.folder, `host_${type}`), { type })))
  }

  #serverConfig(sshd: string): string {
    return serverConfig({
      address: this.host,
      port: this.port,
      hostKeys: (this.#options.hostKeys ?? ["ed25519"]).map((type) => join(this.#place.folder, `host_${type}`)),
      authorizedKeys: join(this.#place.folder, "authorized_keys"),
      sftpServer: sftpServer(),
      version: versionOf(sshd),
      usesPam: isLocked(this.user),
      login: this.#place.login,
      environment: this.#place.environment,
      extra: this.#options.config ?? []
    })
  }
}

/**
 * Starts a machine that listens when the promise is kept.
 *
 * @category constructors
 * @since 0.1.0
 */
export const start = (options?: SshMachineOptions): Promise<SshMachine> => SshMachine.start(options)
