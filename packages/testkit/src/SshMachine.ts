/**
 * Machines for tests: a real OpenSSH sshd each, on a port of 127.0.0.1, with keys, a home and a configuration of its own.
 *
 * @since 0.1.0
 */
import { rmSync } from "node:fs"
import { chmod, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import * as Keys from "./internal/ssh/keys.ts"
import { established, kill, marked } from "./internal/ssh/processes.ts"
import { find, mortal, needed, sftpServer, versionOf } from "./internal/ssh/programs.ts"
import { loginScript } from "./internal/ssh/scripts.ts"
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
  readonly host = "127.0.0.1"
  readonly user: string = userInfo().username
  readonly port: number
  /** Everything of the machine lies in here. */
  readonly folder: string
  readonly clientKey: Key
  readonly #options: SshMachineOptions
  #hostKeys: ReadonlyArray<Key> = []
  #server: Server | undefined

  private constructor(options: SshMachineOptions, folder: string, port: number, clientKey: Key) {
    this.#options = options
    this.folder = folder
    this.port = port
    this.clientKey = clientKey
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
        if (left === 0 || !String(error).includes("Address already in use")) throw error
      }
    }
  }

  /** The login's home, as the machine sees it. */
  get home(): string {
    return join(this.folder, "home")
  }

  /** The public host keys. */
  get hostKeys(): ReadonlyArray<string> {
    return this.#hostKeys.map(({ publicKey }) => publicKey)
  }

  /** Lines for a `known_hosts` file. */
  get knownHosts(): string {
    return this.hostKeys.map((key) => `[${this.host}]:${this.port} ${key}\n`).join("")
  }

  get isListening(): boolean {
    return this.#server !== undefined
  }

  /** What OpenSSH's own `ssh` needs to log in without asking anything; its command follows. */
  async sshArguments(): Promise<ReadonlyArray<string>> {
    const known = join(this.folder, "known_hosts")
    await writeFile(known, this.knownHosts)
    const settings = [`UserKnownHostsFile=${known}`, "GlobalKnownHostsFile=none", "IdentitiesOnly=yes", "BatchMode=yes"]
    const target = ["-F", "none", "-p", String(this.port), "-i", this.clientKey.file]
    return [...target, ...settings.flatMap((setting) => ["-o", setting]), `${this.user}@${this.host}`]
  }

  /** Who may log in from now on. */
  async setAuthorizedKeys(publicKeys: ReadonlyArray<string>): Promise<void> {
    await writeFile(join(this.folder, "authorized_keys"), publicKeys.map((key) => `${key}\n`).join(""))
  }

  /** Starts the sshd that was stopped, on the same port. */
  async boot(): Promise<void> {
    if (this.#server !== undefined) return
    const sshd = needed("sshd")
    const file = join(this.folder, "sshd_config")
    await Promise.all([writeFile(file, this.#serverConfig(sshd)), this.#writeLogin()])
    this.#server = await listen(mortal([sshd, "-D", "-e", "-f", file]), join(this.folder, "log"))
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
    return established(this.port)
  }

  /** What sshd has written so far. */
  log(): Promise<string> {
    return readFile(join(this.folder, "log"), "utf8")
  }

  /** Ends everything that ever ran here, and sshd with it. */
  async powerOff(): Promise<void> {
    await this.stop()
    for (let pids = marked(this.folder); pids.length > 0; pids = marked(this.folder)) kill(pids)
  }

  async close(): Promise<void> {
    await this.powerOff()
    running.delete(this)
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The same at once, for a process that ends. */
  abandon(): void {
    if (this.#server !== undefined) kill([this.#server.pid, ...marked(this.folder)])
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
      port: this.port,
      hostKeys: this.#hostKeys.map(({ file }) => file),
      authorizedKeys: join(this.folder, "authorized_keys"),
      sftpServer: sftpServer(),
      version: versionOf(sshd),
      usesPam: isLocked(this.user),
      login: join(this.folder, "login"),
      path: undefined,
      extra: this.#options.config ?? []
    })
  }

  async #writeLogin(): Promise<void> {
    const { greeting, loginShell } = this.#options
    const shell = loginShell === undefined ? (userInfo().shell ?? "/bin/sh") : needed(loginShell)
    const file = join(this.folder, "login")
    await writeFile(file, loginScript({ home: this.home, shell, greeting, path: undefined, mark: this.folder }))
    await chmod(file, 0o755)
  }
}

/**
 * Starts a machine that listens when the promise is kept.
 *
 * @category constructors
 * @since 0.1.0
 */
export const start = (options?: SshMachineOptions): Promise<SshMachine> => SshMachine.start(options)
