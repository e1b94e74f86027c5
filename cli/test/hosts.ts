import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { connect, createServer } from "node:net"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import type { Box } from "../../test/harness/Box.ts"
import { signal } from "../../test/harness/processes.ts"
import { lacking } from "../../test/harness/tools.ts"
import { until } from "../../test/harness/until.ts"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const program = "/usr/sbin/sshd"

/** Why hosts cannot be had here, if they cannot. */
export const noHosts = lacking(program, "-V") ?? lacking("ssh", "-V")

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", () => resolve(false))
  })

const keyPair = (file: string): string => {
  const { status, stderr } = spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file], {
    encoding: "utf8"
  })
  if (status !== 0) throw new Error(stderr)
  return readFileSync(`${file}.pub`, "utf8").split(" ").slice(0, 2).join(" ")
}

const childrenOf = (pid: number): ReadonlyArray<number> => {
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" })
  return stdout.split("\n").flatMap((line) => (line.trim() === "" ? [] : [Number(line)]))
}

const treeOf = (pid: number): ReadonlyArray<number> => [pid, ...childrenOf(pid).flatMap(treeOf)]

/** OpenSSH's own server with a folder, a key and a port of its own, for a machine that only the key of `box` opens. */
export class Host {
  readonly name: string
  readonly folder: string
  readonly port: number
  readonly log: string
  hostKey: string
  readonly #box: Box
  #child: ChildProcess | undefined

  private constructor(box: Box, name: string, port: number) {
    this.#box = box
    this.name = name
    this.folder = join(box.folder, "hosts", name)
    this.log = join(this.folder, "sshd.log")
    this.port = port
    mkdirSync(join(this.folder, "work"), { recursive: true })
    this.hostKey = keyPair(join(this.folder, "host"))
  }

  static async start(box: Box, name: string): Promise<Host> {
    const host = new Host(box, name, await freePort())
    await host.start()
    return host
  }

  get work(): string {
    return join(this.folder, "work")
  }

  async start(): Promise<void> {
    const file = join(this.folder, "sshd_config")
    const lines = [
      "ListenAddress 127.0.0.1",
      `Port ${this.port}`,
      `HostKey ${join(this.folder, "host")}`,
      "PidFile none",
      `AuthorizedKeysFile ${join(this.#box.home, "machines", "id_ed25519.pub")} ${join(this.folder, "authorized_keys")}`,
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "Subsystem sftp internal-sftp",
      "MaxStartups 100:30:200"
    ]
    writeFileSync(file, `${lines.join("\n")}\n`)
    mkdirSync("/run/sshd", { recursive: true })
    this.#child = spawn(program, ["-D", "-f", file, "-E", this.log], { stdio: "ignore" })
    await until("sshd answers", () => answers(this.port), 10)
  }

  /** Cuts all connections; new ones can be made. */
  cut(): void {
    for (const pid of this.#processes().slice(1)) signal(pid, "SIGKILL")
  }

  /** Ends the server, with all connections. */
  stop(): void {
    for (const pid of this.#processes()) signal(pid, "SIGKILL")
    this.#child = undefined
  }

  /** The server and all below it. */
  #processes(): ReadonlyArray<number> {
    const pid = this.#child?.pid
    return pid === undefined ? [] : treeOf(pid)
  }

  /** Shows another key from now on. */
  async changeKey(): Promise<void> {
    this.stop()
    for (const name of ["host", "host.pub"]) spawnSync("rm", ["-f", join(this.folder, name)])
    this.hostKey = keyPair(join(this.folder, "host"))
    await this.start()
  }
}

const moduleAt = (name: string): string => pathToFileURL(join(root, name)).href

/** A provider whose machines are hosts out of a file, each for one at a time. */
const plugin = (list: string): string => `
import * as Effect from "${moduleAt("node_modules/effect/dist/Effect.js")}"
import * as Layer from "${moduleAt("node_modules/effect/dist/Layer.js")}"
import * as DateTime from "${moduleAt("node_modules/effect/dist/DateTime.js")}"
import { PluginContext } from "${moduleAt("packages/core/dist/ProviderPlugin.js")}"
import { TrainingProvider } from "${moduleAt("packages/core/dist/TrainingProvider.js")}"
import * as ProviderError from "${moduleAt("packages/core/dist/ProviderError.js")}"
import * as Ownership from "${moduleAt("packages/core/dist/Ownership.js")}"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
const hosts = () => JSON.parse(readFileSync(${JSON.stringify(list)}, "utf8"))
const failing = (operation, reason) => new ProviderError.ProviderError({ provider: "hosts", operation, reason })
const make = Effect.gen(function* () {
  const { home, owner } = yield* PluginContext
  const file = home + "/claimed.json"
  const claimed = () => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [])
  const save = (all) => (mkdirSync(home, { recursive: true }), writeFileSync(file, JSON.stringify(all)))
  const view = ({ mark, type }) => ({
    id: "hosts/lab/" + type, key: mark.key, owner, tags: Ownership.toTags(mark), costPerHour: 0, instanceType: type,
    state: { _tag: "Running" }, launchTime: DateTime.makeUnsafe(0)
  })
  const find = (operation, id) => {
    const found = claimed().find(({ type }) => "hosts/lab/" + type === id)
    return found ? Effect.succeed(view(found)) : Effect.fail(failing(operation, new ProviderError.NotFound({ message: "no " + id })))
  }
  const offers = Effect.sync(() => Object.keys(hosts()).filter((name) => !claimed().some(({ type }) => type === name)).map((name) => ({
    provider: "hosts", region: "lab", instanceType: name, gpuCount: 0, vcpus: 1, memoryGiB: 1, diskGiB: 1,
    onDemandUsdPerHour: 0, available: true, source: "a file", asOf: DateTime.makeUnsafe(Date.now())
  })))
  return TrainingProvider.of({
    name: "hosts",
    capabilities: ${JSON.stringify({
      spot: "none",
      stop: "nothing",
      idempotency: "name",
      userData: "none",
      endAction: "stopsJobOnly",
      runMode: "machine",
      groupCreate: false
    })},
    offers: (query) => Effect.map(offers, (all) => all.filter(({ instanceType }) => (query.instanceType ?? instanceType) === instanceType)),
    estimateCost: () => Effect.succeed(0),
    billing: () => Effect.succeed([]),
    createResource: ({ mark, offer }) => Effect.sync(() => {
      const made = { mark, type: offer.instanceType }
      save([...claimed(), made])
      return view(made)
    }),
    getResource: (id) => find("getResource", id),
    listResources: Effect.sync(() => claimed().map(view)),
    companions: { list: Effect.succeed([]), remove: () => Effect.void },
    startResource: (id) => find("startResource", id),
    stopResource: (id) => find("stopResource", id),
    terminate: (id) => Effect.sync(() => save(claimed().filter(({ type }) => "hosts/lab/" + type !== id))),
    endpoint: ({ id }) => Effect.sync(() => hosts()[id.split("/")[2]]),
    endActionScript: () => undefined,
    preemptionProbe: undefined,
    preemptionEvidence: () => Effect.succeed({ preempted: "no", message: "" })
  })
})
export const plugin = { api: 1, name: "hosts", layer: Layer.effect(TrainingProvider, make) }
`

const description = {
  name: "runctl-plugin-hosts",
  version: "1.0.0",
  type: "module",
  runctl: {
    api: 1,
    kind: "provider",
    provider: "./index.js",
    name: "hosts",
    title: "hosts",
    capabilities: {
      spot: "none",
      stop: "nothing",
      idempotency: "name",
      userData: "none",
      endAction: "stopsJobOnly",
      runMode: "machine",
      groupCreate: false
    },
    credentials: { environment: [], files: [] }
  }
}

/** What is known of a host beside its address. */
export type Facts = Readonly<Record<string, unknown>>

/** Makes hosts the machines of a provider called `hosts`; each is a type of its own, by its name. */
export const offerHosts = (box: Box, hosts: Readonly<Record<string, readonly [Host, Facts]>>): void => {
  const folder = join(box.folder, "hosts-plugin")
  const list = join(folder, "hosts.json")
  mkdirSync(folder, { recursive: true })
  const endpoints = Object.entries(hosts).map(([name, [host, facts]]) => [
    name,
    { _tag: "Ssh", host: "127.0.0.1", port: host.port, user: "root", directory: host.work, ...facts }
  ])
  writeFileSync(list, JSON.stringify(Object.fromEntries(endpoints)))
  writeFileSync(join(folder, "package.json"), JSON.stringify(description))
  writeFileSync(join(folder, "index.js"), plugin(list))
  const config = join(box.folder, "user", ".config", "runctl")
  mkdirSync(config, { recursive: true })
  writeFileSync(join(config, "config.yaml"), `plugins:\n  - ${folder}\n`)
}

/** Starts hosts by their names, takes each as a machine with its name as its label, and ends them whatever happens. */
export const onHosts = async (
  box: Box,
  names: ReadonlyArray<string>,
  body: (hosts: ReadonlyArray<Host>) => Promise<void>,
  facts: (host: Host) => Facts = ({ hostKey }) => ({ hostKey })
): Promise<void> => {
  const hosts: Array<Host> = []
  try {
    for (const name of names) hosts.push(await Host.start(box, name))
    offerHosts(box, Object.fromEntries(hosts.map((host) => [host.name, [host, facts(host)]])))
    for (const name of names) {
      const { code, stderr } = await box.run(["create", name, "--provider", "hosts", "--name", name, "--yes"])
      if (code !== 0) throw new Error(stderr)
    }
    await body(hosts)
  } finally {
    for (const host of hosts) host.stop()
  }
}
