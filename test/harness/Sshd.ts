import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { connect, createServer } from "node:net"
import { tmpdir, userInfo } from "node:os"
import { delimiter, join } from "node:path"
import { until } from "./until.ts"

const find = (name: string): string | undefined =>
  [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"]
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))

const program = find("sshd")

/** Why suites over SSH are left out; nothing when they can run. */
export const withoutSshd: string | undefined =
  program === undefined || find("ssh-keygen") === undefined ? "OpenSSH's sshd is not installed" : undefined

const canUnshare =
  userInfo().uid === 0 && spawnSync("unshare", ["--mount", "--pid", "--fork", "--mount-proc", "true"]).status === 0

/** Why suites are left out in which each sshd is a machine with a home, a /var/tmp and processes of its own. */
export const withoutMachines: string | undefined =
  withoutSshd ?? (canUnshare ? undefined : "only root can give each sshd a home and processes of its own")

/** ` (left out: why)`, for a title. */
export const leftOut = (why: string | undefined): string => (why === undefined ? "" : ` (left out: ${why})`)

/** How a machine differs from the plainest one. */
export interface MachineOptions {
  /** More lines of sshd_config. */
  readonly config?: ReadonlyArray<string>
  /** The login shell, instead of bash. */
  readonly shell?: string
  /** Programs that the machine does not have. */
  readonly without?: ReadonlyArray<string>
  /** Seconds that its wall clock is ahead. */
  readonly clockAhead?: number
  /** A home of so many bytes. */
  readonly homeBytes?: number
  readonly homeIsReadOnly?: boolean
  /** Programs at `/usr/local/bin`, by their names. */
  readonly programs?: Readonly<Record<string, string>>
  /** A network namespace that it listens in, and the address there. */
  readonly namespace?: string
  readonly address?: string
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

const listens = (port: number, address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, address)
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false))
    socket.once("data", () => socket.destroy())
    socket.setTimeout(1000, () => socket.destroy())
  })

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/**
 * A real sshd on loopback with keys, configuration and folder of its own. `machine` gives it a home, a /var/tmp, a /tmp
 * and processes of its own, so that several of them are several machines; ending it ends everything on it.
 */
export class Sshd {
  readonly folder = mkdtempSync(join(realpathSync(tmpdir()), "rcsshd-"))
  readonly port: number
  readonly user = userInfo().username
  /** A private key that opens it. */
  readonly key = join(this.folder, "id")
  /** What the machine has as its home, seen from outside. */
  readonly home = join(this.folder, "home")
  readonly #isMachine: boolean
  readonly #options: MachineOptions
  #child: ChildProcess | undefined

  private constructor(port: number, isMachine: boolean, options: MachineOptions) {
    this.port = port
    this.#isMachine = isMachine
    this.#options = options
  }

  static async start(options: MachineOptions = {}): Promise<Sshd> {
    return Sshd.#prepared(false, options)
  }

  /** As `start`, with namespaces of its own: see `withoutMachines`. */
  static async machine(options: MachineOptions = {}): Promise<Sshd> {
    return Sshd.#prepared(true, options)
  }

  static async #prepared(isMachine: boolean, options: MachineOptions): Promise<Sshd> {
    const sshd = new Sshd(await freePort(), isMachine, options)
    for (const name of ["home", "tmp", "vartmp", "bin"]) mkdirSync(join(sshd.folder, name))
    execFileSync("chmod", ["1777", join(sshd.folder, "tmp"), join(sshd.folder, "vartmp")])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", sshd.key])
    copyFileSync(`${sshd.key}.pub`, join(sshd.folder, "authorized_keys"))
    sshd.makeHostKey()
    await sshd.begin()
    return sshd
  }

  /** Makes a new host key: what a machine that was set up anew has. */
  makeHostKey(): void {
    rmSync(join(this.folder, "host"), { force: true })
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(this.folder, "host")])
  }

  /** Its public host key, `ssh-ed25519 AAAA…`. */
  get hostKey(): string {
    return readFileSync(join(this.folder, "host.pub"), "utf8").split(" ").slice(0, 2).join(" ")
  }

  /** Lets another public key in. */
  authorize(publicKeyFile: string): void {
    writeFileSync(join(this.folder, "authorized_keys"), readFileSync(publicKeyFile), { flag: "a" })
  }

  get log(): string {
    const file = join(this.folder, "log")
    return existsSync(file) ? readFileSync(file, "utf8") : ""
  }

  get #address(): string {
    return this.#options.address ?? "127.0.0.1"
  }

  /** Starts it, with the same port, keys and home as before. */
  async begin(): Promise<void> {
    const { config = [], namespace } = this.#options
    const at = (name: string): string => join(this.folder, name)
    mkdirSync("/run/sshd", { recursive: true })
    writeFileSync(
      at("config"),
      [
        ...config,
        `ListenAddress ${this.#address}`,
        `Port ${this.port}`,
        `HostKey ${at("host")}`,
        `PidFile ${at("pid")}`,
        `AuthorizedKeysFile ${at("authorized_keys")}`,
        "StrictModes no",
        "UsePAM no",
        "UseDNS no",
        "Subsystem sftp internal-sftp",
        "MaxStartups 200:30:400",
        ""
      ].join("\n")
    )
    const args = ["-D", "-f", at("config"), "-E", at("log")]
    this.#child = this.#isMachine
      ? spawn(
          "unshare",
          [
            "--mount",
            "--pid",
            "--fork",
            "--mount-proc",
            "--kill-child",
            "--propagation",
            "private",
            "sh",
            "-c",
            this.#boot(args)
          ],
          { stdio: "ignore" }
        )
      : namespace === undefined
        ? spawn(program ?? "sshd", args, { stdio: "ignore" })
        : spawn("ip", ["netns", "exec", namespace, program ?? "sshd", ...args], { stdio: "ignore" })
    await until(`sshd listens on ${this.port}`, () => listens(this.port, this.#address), 20)
  }

  /** Mounts what makes it a machine, then becomes sshd. */
  #boot(args: ReadonlyArray<string>): string {
    const { clockAhead, homeBytes, homeIsReadOnly, programs = {}, shell, without = [] } = this.#options
    const at = (name: string): string => quote(join(this.folder, name))
    const over = (from: string, to: string): string => `mount --bind ${from} ${quote(to)}`
    const lines = ["set -e"]
    if (shell !== undefined) {
      const passwd = readFileSync("/etc/passwd", "utf8").replace(
        new RegExp(`^(${this.user}:.*):[^:]*$`, "m"),
        `$1:${shell}`
      )
      writeFileSync(join(this.folder, "passwd"), passwd)
      lines.push(over(at("passwd"), "/etc/passwd"))
    }
    if (clockAhead !== undefined) {
      const date = realpathSync(find("date") ?? "/bin/date")
      copyFileSync(date, join(this.folder, "bin", "real-date"))
      writeFileSync(
        join(this.folder, "bin", "date"),
        `#!/bin/sh\nreal=${at("bin/real-date")}\nexec "$real" -d "@$(($("$real" +%s) + ${clockAhead}))" "$@"\n`,
        { mode: 0o755 }
      )
      lines.push(over(at("bin/date"), date))
    }
    writeFileSync(join(this.folder, "nothing"), "", { mode: 0o000 })
    for (const name of without) {
      const found = execFileSync("sh", ["-c", `which -a ${name} || :`], { encoding: "utf8" }).split("\n")
      for (const file of new Set(found.filter(Boolean).map((each) => realpathSync(each))))
        lines.push(over(at("nothing"), file))
    }
    for (const [name, content] of Object.entries(programs)) {
      writeFileSync(join(this.folder, "bin", name), content, { mode: 0o755 })
    }
    if (Object.keys(programs).length > 0) lines.push(over(at("bin"), "/usr/local/bin"))
    lines.push(
      homeBytes === undefined
        ? over(at("home"), userInfo().homedir)
        : `mount -t tmpfs -o size=${homeBytes} tmpfs ${quote(userInfo().homedir)}`,
      over(at("vartmp"), "/var/tmp")
    )
    if (homeIsReadOnly === true) lines.push(`mount -o remount,ro,bind ${quote(userInfo().homedir)}`)
    lines.push(`exec ${[program ?? "sshd", ...args].map(quote).join(" ")}`)
    return lines.join("\n")
  }

  /** Ends the listener alone; connections live on. */
  async endListener(): Promise<void> {
    const pid = Number(readFileSync(join(this.folder, "pid"), "utf8"))
    if (!this.#isMachine) process.kill(pid)
    await until("the listener has ended", async () => !(await listens(this.port, this.#address)), 10)
  }

  /** Cuts every connection, as a network does that goes away. */
  cut(): void {
    for (const pid of this.#sessions()) {
      try {
        process.kill(pid, "SIGKILL")
      } catch {
        // It has just ended.
      }
    }
  }

  /** The processes that hold a connection. */
  #sessions(): ReadonlyArray<number> {
    const listed = execFileSync("ss", ["-Htnp", "state", "established", `sport = :${this.port}`], { encoding: "utf8" })
    return [...new Set([...listed.matchAll(/pid=(\d+)/g)].map(([, pid]) => Number(pid)))].filter(
      (pid) => pid !== process.pid
    )
  }

  /** How many connections there are now. */
  get connections(): number {
    const listed = execFileSync("ss", ["-Htn", "state", "established", `sport = :${this.port}`], { encoding: "utf8" })
    return listed.split("\n").filter(Boolean).length
  }

  /** Ends it and all that runs on it: for a machine, what a loss of power is. */
  async stop(): Promise<void> {
    if (!this.#isMachine) this.cut()
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const over = new Promise((resolve) => child.once("exit", resolve))
    child.kill("SIGKILL")
    await over
  }

  async destroy(): Promise<void> {
    await this.stop()
    await until(
      "the folder is gone",
      () => {
        rmSync(this.folder, { recursive: true, force: true })
        return !existsSync(this.folder)
      },
      10
    )
  }
}
