import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { closeSync, existsSync, lstatSync, openSync, readdirSync, statSync } from "node:fs"
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { userInfo } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Place, PlaceSettings } from "./place.ts"
import { childOf, kill } from "./processes.ts"
import { find, mortal, needed } from "./programs.ts"
import { greetingShell, quoted, withShell } from "./scripts.ts"
import { dateScript, filesOf, foldersWith, linkPrograms, systemPath, writeProgram, writePrograms } from "./tools.ts"

/** Where the machine finds its folder: its own /tmp covers ours. */
const inside = "/run/machine"

/** Where sshd takes a login to, whatever HOME says here. */
const homeOf = (): string => userInfo().homedir

const unshared = (system: boolean): ReadonlyArray<string> => [
  needed("unshare"),
  "--mount",
  "--pid",
  "--fork",
  "--kill-child",
  "--time",
  ...(system ? ["--uts"] : [])
]

/** A root who may not set this computer's time, load its modules or touch its hardware. */
const confined = ({ system }: PlaceSettings): ReadonlyArray<string> => {
  const setpriv = system === undefined ? undefined : find("setpriv")
  return setpriv === undefined ? [] : [setpriv, "--bounding-set", "-sys_time,-sys_module,-sys_rawio", "--"]
}

const probe = (): string | undefined => {
  if (process.platform !== "linux") return "namespaces are of Linux only"
  if (process.getuid?.() !== 0) return "namespaces need root"
  if (find("unshare") === undefined || find("nsenter") === undefined) return "there is no unshare or nsenter here"
  const [program = "", ...args] = unshared(false)
  const { status } = spawnSync(program, [...args, "--boottime", "1", "mount", "-t", "tmpfs", "tmpfs", "/run"])
  return status === 0 ? undefined : "namespaces are not allowed here"
}

const probed: { readonly missing?: string | undefined } = {}
let isProbed = false

/** Why there are no namespaces to be had. */
export const namespaceMissing = (): string | undefined => {
  if (!isProbed) Object.assign(probed, { missing: probe() })
  isProbed = true
  return probed.missing
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory()

const cover = (path: string): string =>
  isFolder(path) ? `mount -t tmpfs -o ro tmpfs ${quoted(path)}` : `mount --bind ${inside}/empty ${quoted(path)}`

/** A layer over each folder that has one of the programs, in which they are deleted; it lies in memory. */
const remove = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  foldersWith(names).flatMap((folder, index) => [
    `mkdir -p /run/layer${index}/upper /run/layer${index}/work`,
    `mount -t overlay -o lowerdir=${folder},upperdir=/run/layer${index}/upper,workdir=/run/layer${index}/work overlay ${folder}`,
    `rm -f ${names.map((name) => quoted(join(folder, name))).join(" ")}`
  ])

/** The folders of this computer which a machine with a system of its own sees through a layer that is its own. */
const layered = (): ReadonlyArray<string> => {
  const apart = new Set(["dev", "proc", "run", "sys", "tmp", "lost+found", homeOf().slice(1)])
  const isFolder = (name: string) => lstatSync(join("/", name)).isDirectory()
  return readdirSync("/").filter((name) => !apart.has(name) && isFolder(name))
}

const layer = (name: string): ReadonlyArray<string> => {
  const own = quoted(`${inside}/layers/${name}`)
  return [
    `mkdir -p ${own}/upper ${own}/work`,
    `mount -t overlay -o lowerdir=${quoted(`/${name}`)},upperdir=${own}/upper,workdir=${own}/work overlay ${quoted(`/${name}`)}`
  ]
}

const systemLayers = ({ system }: PlaceSettings): ReadonlyArray<string> =>
  system === undefined ? [] : [`hostname ${quoted(system.hostname)}`, ...layered().flatMap(layer)]

const install = ({ system }: PlaceSettings): ReadonlyArray<string> =>
  system === undefined
    ? []
    : [`if [ ! -e ${inside}/installed ]; then`, ...system.install, `: > ${inside}/installed`, "fi", "mkfifo /run/power"]

/** Whoever writes into the pipe ends the machine, as its own `poweroff` does. */
const waitForTheEnd = ({ system }: PlaceSettings): string =>
  system === undefined ? "while :; do sleep 3600; done" : `cat /run/power > ${inside}/ended`

/** A layer over the root itself, with every folder below as it was: layers of their own are laid over those. */
const rootLayer = ({ folder, system }: PlaceSettings): ReadonlyArray<string> => {
  if (system?.ownRoot !== true) return []
  const own = quoted(join(folder, "layers", ".root"))
  const below = readdirSync("/").filter((name) => name !== "run" && lstatSync(join("/", name)).isDirectory())
  return [
    `mkdir -p ${own}/upper ${own}/work ${own}/root`,
    `mount -t overlay -o lowerdir=/,upperdir=${own}/upper,workdir=${own}/work overlay ${own}/root`,
    ...below.map((name) => `mount --rbind ${quoted(`/${name}`)} ${own}/root${quoted(`/${name}`)}`),
    `cd ${own}/root`,
    // The old root lies where the next mount covers it.
    `${quoted(needed("pivot_root"))} . run`,
    "cd /"
  ]
}

/** What process 1 of the machine does: mounts, then takes in orphans for ever. */
const bootScript = (settings: PlaceSettings): string => {
  const { clockOffset, diskBytes, hidden, readOnlyHome, without } = settings
  const disk = diskBytes === undefined ? inside : `${inside}/disk`
  return [
    "set -e",
    ...rootLayer(settings),
    "mount -t tmpfs -o mode=755 tmpfs /run",
    `mkdir -p ${inside} /run/sshd /run/lock`,
    `mount --bind ${quoted(settings.folder)} ${inside}`,
    ...systemLayers(settings),
    ...(diskBytes === undefined ? [] : [`mount -t tmpfs -o size=${diskBytes} tmpfs ${disk}`]),
    `mkdir -p ${disk}/home ${disk}/tmp ${disk}/var-tmp`,
    `chmod 700 ${disk}/home`,
    `chmod 1777 ${disk}/tmp ${disk}/var-tmp`,
    `mount --bind ${disk}/home ${quoted(homeOf())}`,
    ...(readOnlyHome ? [`mount -o remount,bind,ro ${quoted(homeOf())}`] : []),
    `mount --bind ${disk}/tmp /tmp`,
    `mount --bind ${disk}/var-tmp /var/tmp`,
    "mount -t tmpfs -o mode=1777 tmpfs /dev/shm",
    // Where users can be added, the file is to be replaced.
    ...(settings.system === undefined ? [`mount --bind ${inside}/passwd /etc/passwd`] : []),
    "mount -t proc proc /proc",
    // What ends a machine in the last resort would end this computer.
    `[ ! -e /proc/sysrq-trigger ] || mount --bind ${inside}/sysrq /proc/sysrq-trigger`,
    ...(settings.system === undefined
      ? []
      : ["mount --bind /proc/sys /proc/sys", "mount -o remount,bind,ro /proc/sys"]),
    `mount --bind ${inside}/boot_id /proc/sys/kernel/random/boot_id`,
    // A layer shows nothing of what was mounted below it before.
    ...remove(without),
    ...(clockOffset === 0 ? [] : filesOf("date").map((date) => `mount --bind ${inside}/date ${date}`)),
    ...hidden.map(cover),
    ...install(settings),
    `: > ${inside}/ready`,
    waitForTheEnd(settings),
    ""
  ].join("\n")
}

const writeBoot = async (settings: PlaceSettings): Promise<void> => {
  const { clockOffset, folder, greeting, loginShell, only, programs, user, without } = settings
  const at = (name: string) => join(folder, name)
  const shell = greeting === undefined ? loginShell : `${inside}/shell`
  await Promise.all(["ready", "ended", "tmp", "tools"].map((name) => rm(at(name), { recursive: true, force: true })))
  await mkdir(at("disk"), { recursive: true })
  await Promise.all([
    writeFile(at("empty"), ""),
    writeFile(at("sysrq"), ""),
    writeFile(at("boot_id"), `${randomUUID()}\n`),
    writeFile(at("passwd"), withShell(await readFile("/etc/passwd", "utf8"), user, shell)),
    writeFile(at("boot"), bootScript(settings)),
    ...(greeting === undefined ? [] : [writeProgram(at("shell"), greetingShell(greeting, loginShell))]),
    ...(only === undefined ? [] : [linkPrograms(at("tools"), { only, without })])
  ])
  await writePrograms(at("tools"), programs)
  const [date] = filesOf("date")
  if (clockOffset === 0 || date === undefined) return
  await copyFile(date, at("right-date"))
  await writeProgram(at("date"), dateScript(`${inside}/right-date`, clockOffset))
}

const uptime = async (): Promise<number> => Math.floor(Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]))

interface World {
  readonly child: ChildProcess
  readonly init: number
}

const create = async (settings: PlaceSettings): Promise<World> => {
  const { folder } = settings
  await writeBoot(settings)
  const booting = ["--boottime", String(-(await uptime())), ...confined(settings), "/bin/sh", join(folder, "boot")]
  const [program = "", ...args] = mortal([...unshared(settings.system !== undefined), ...booting])
  const output = openSync(join(folder, "boot.log"), "w")
  const own = settings.system === undefined ? {} : { env: { ...settings.system.environment } }
  const child = spawn(program, args, { stdio: ["ignore", output, output], cwd: "/", detached: true, ...own })
  closeSync(output)
  child.unref()
  while (!existsSync(join(folder, "ready"))) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
      throw new Error(`the machine does not boot: ${await readFile(join(folder, "boot.log"), "utf8")}`)
    }
    await sleep(4)
  }
  const init = childOf(child.pid ?? 0)
  if (init === undefined) throw new Error("the machine has ended while it booted")
  return { child, init }
}

const environmentOf = ({ only, programs }: PlaceSettings): Place["environment"] => {
  if (only !== undefined) return { PATH: `${inside}/tools` }
  return Object.keys(programs).length === 0 ? {} : { PATH: `${inside}/tools:${systemPath}` }
}

/** Mounts, processes, boot and uptime of its own; only kernel, network and system files are this computer's. */
export const namespacePlace = (settings: PlaceSettings): Place => {
  const missing = namespaceMissing()
  if (missing !== undefined) throw new Error(missing)
  let world: World | undefined
  const init = () => String(world?.init ?? "")
  return {
    folder: inside,
    home: homeOf(),
    environment: environmentOf(settings),
    login: undefined,
    boot: async () => {
      world ??= await create(settings)
    },
    enter: (command) => [
      needed("nsenter"),
      "--target",
      init(),
      "--mount",
      "--pid",
      "--time",
      ...(settings.system === undefined ? [] : ["--uts"]),
      ...confined(settings),
      ...command
    ],
    pathOf: (path) => join("/proc", init(), "root", path),
    end: async () => {
      if (world === undefined) return
      const { child, init } = world
      world = undefined
      child.ref()
      // All of a machine's processes have ended when its first one has.
      const gone = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, "exit")
      kill([init])
      await gone
    },
    ended: async () => {
      const child = world?.child
      if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, "exit")
      const word = await readFile(join(settings.folder, "ended"), "utf8").catch(() => "")
      return word.trim() === "reboot" ? "reboot" : "off"
    },
    abandon: () => kill(world === undefined ? [] : [world.init])
  }
}
