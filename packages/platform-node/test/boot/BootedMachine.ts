import { missingFor, missingProgram } from "@runctl/testkit/SshMachine"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { once } from "node:events"

/** Why no machine can be booted here from user data; `cloud-config` needs cloud-init besides. */
export const withoutBoots = missingFor("namespace")
export const withoutCloudInit = withoutBoots ?? missingProgram("cloud-init")

export interface BootOptions {
  readonly userData: string
  /** What there is in /usr/local/bin, each a whole script. */
  readonly programs?: Readonly<Record<string, string>>
  /** What the machine's wall clock says at boot is so many seconds off. */
  readonly clockOffset?: number
  /** Lines of `sh` run as root before the user data is looked at. */
  readonly before?: string
  /** The same after it, before sshd starts. */
  readonly after?: string
  /** Options of sshd: `-r`, for one that reads its keys when it starts, as those since OpenSSH 9.8 do. */
  readonly sshd?: string
  readonly port?: number
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  return typeof address === "object" && address !== null ? address.port : 0
}

/** cloud-init as it runs at boot, but only the modules that touch nothing outside of the namespace. */
const throughCloudInit = `mkdir -p /var/lib/cloud/seed/nocloud
rm -rf /var/lib/cloud/instance /var/lib/cloud/instances /var/lib/cloud/data
install -m 600 "$1/user-data" /var/lib/cloud/seed/nocloud/user-data
echo 'instance-id: one' >/var/lib/cloud/seed/nocloud/meta-data
cat >/etc/cloud/cloud.cfg.d/99-test.cfg <<'X'
datasource_list: [NoCloud]
network: {config: disabled}
cloud_init_modules: [bootcmd, users-groups, ssh]
cloud_config_modules: []
cloud_final_modules: []
X
cloud-init init --local
cloud-init init
cloud-init modules --mode=final`

const bootScript = (options: BootOptions): string => `set -e
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=700 tmpfs /root
mount -t tmpfs -o mode=755 tmpfs /home
for d in etc var usr/local; do
  mkdir -p /run/o/$d/u /run/o/$d/w
  mount -t overlay -o lowerdir=/$d,upperdir=/run/o/$d/u,workdir=/run/o/$d/w overlay /$d
done
mount -t proc proc /proc
mkdir -p /run/sshd
cp "$1"/programs/* /usr/local/bin/ 2>/dev/null || :
rm -f /etc/ssh/ssh_host_*
usermod -p '*' root
sed -i '/pam_loginuid/d' /etc/pam.d/sshd 2>/dev/null || :
${options.before ?? ""}
set +e
${options.userData.startsWith("#cloud-config") ? throughCloudInit : '/bin/sh "$1/user-data"'}
ls /etc/ssh/ssh_host_* || ssh-keygen -A
${options.after ?? ""}
/usr/sbin/sshd ${options.sshd ?? ""} -E "$1/sshd.log" -o Port="$2" -o ListenAddress=127.0.0.1 -o PerSourcePenalties=no 2>/dev/null ||
  /usr/sbin/sshd ${options.sshd ?? ""} -E "$1/sshd.log" -o Port="$2" -o ListenAddress=127.0.0.1
: >"$1/ready"
while :; do sleep 3600; done
`

const rightDate = existsSync("/usr/bin/date") ? "/usr/bin/date" : "/bin/date"

/** The machine's wall clock is off for whoever asks `date`. */
const dateScript = (offset: number): string => `#!/bin/sh
exec ${rightDate} -d "@$(($(${rightDate} +%s) + ${offset}))" "$@"
`

/**
 * A machine that boots from the exact bytes of its user data: through cloud-init itself, or as the script that they are;
 * with /etc, /var, homes, processes and an uptime of its own. Its sshd is the system's, with its usual configuration.
 */
export class BootedMachine implements AsyncDisposable {
  readonly folder: string
  readonly port: number
  readonly #child: ChildProcess

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.folder = folder
    this.port = port
    this.#child = child
  }

  static async boot(options: BootOptions): Promise<BootedMachine> {
    const folder = mkdtempSync(join(tmpdir(), "runctl-booted-"))
    mkdirSync(join(folder, "programs"))
    const programs = {
      ...options.programs,
      ...(options.clockOffset === undefined ? {} : { date: dateScript(options.clockOffset) })
    }
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(folder, "programs", name), text, { mode: 0o755 })
    }
    writeFileSync(join(folder, "user-data"), options.userData)
    writeFileSync(join(folder, "boot"), bootScript(options))
    const port = options.port ?? (await freePort())
    const uptime = Math.floor(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]))
    const spaces = ["--mount", "--pid", "--fork", "--kill-child", "--time", "--boottime", String(-uptime)]
    const child = spawn(
      "setpriv",
      ["--pdeathsig", "KILL", "unshare", ...spaces, "/bin/sh", join(folder, "boot"), folder, String(port)],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" }
      }
    )
    let said = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()))
    while (!existsSync(join(folder, "ready"))) {
      if (child.exitCode !== null) throw new Error(`the machine does not boot: ${said}`)
      await sleep(20)
    }
    writeFileSync(join(folder, "boot.log"), said)
    return new BootedMachine(folder, port, child)
  }

  /** What it printed while it booted. */
  get bootLog(): string {
    return readFileSync(join(this.folder, "boot.log"), "utf8")
  }

  /** Runs a command on the machine as root, from its console. */
  run(script: string, environment: Readonly<Record<string, string>> = {}): string {
    const inside = ["--target", String(this.#init), "--mount", "--pid", "--time", "--", "/bin/sh", "-c", script]
    return execFileSync("nsenter", inside, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", ...environment }
    })
  }

  /** Whether a command succeeds there. */
  does(script: string): boolean {
    try {
      this.run(script)
      return true
    } catch {
      return false
    }
  }

  get #init(): number {
    const children = readFileSync(`/proc/${this.#child.pid}/task/${this.#child.pid}/children`, "utf8")
    return Number(children.trim().split(" ")[0])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit")
      process.kill(this.#init, "SIGKILL")
      await ended
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}
