import * as Emulator from "@runctl/testkit/Emulator"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { Box } from "../../test/harness/Box.ts"
import { interleaved, median, timed } from "../measure.ts"
import type { Result, Skipped } from "../Result.ts"

const rounds = 5
const line = "hello from there"
const script = `echo ${line}\n`

type Json = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null

/** What was asked until the first line, of one run. */
interface Asked {
  readonly calls: ReadonlyArray<string>
}

class FirstLine {
  readonly box: Box
  readonly asked: Array<Asked> = []
  readonly #cloud: Emulator.Cloud
  #key: number | undefined

  constructor(cloud: Emulator.Cloud) {
    this.#cloud = cloud
    this.box = new Box({ RUNCTL_DIGITALOCEAN_ENDPOINT: cloud.url, DIGITALOCEAN_TOKEN: cloud.token })
    this.box.file("train.sh", script)
  }

  /** From the command to the first line of the job's log, in milliseconds. */
  async ours(): Promise<number> {
    const from = this.#cloud.requests.length
    const began = performance.now()
    const command = this.box.start(["train", "train.sh", "--provider", "digitalocean", "--yes"])
    command.closeInput()
    while (!command.stdout.includes(line) && !command.isOver) await sleep(2)
    const millis = performance.now() - began
    const calls = this.#cloud.requests
      .slice(from)
      .map(({ method, path }) => `${method} ${path.replace(/\d{6,}/, "ID")}`)
    const { code, stderr } = await command.ended
    if (code !== 0) throw new Error(`runctl train ended with ${code}: ${stderr}\n${this.box.story()}`)
    this.asked.push({ calls })
    return millis
  }

  /** The same machine, with the same user data, made by one call; then `ssh` as soon as it is up. */
  async floor(): Promise<number> {
    const body = this.#rented
    const key = this.#ownKey()
    const began = performance.now()
    const id = await this.#call("POST", "/v2/droplets", { ...body, name: "floor", tags: [], ssh_keys: [key] })
    const up = () => this.#cloud.machines().find((machine) => machine.id === id && machine.status === "active")
    while (up() === undefined) await sleep(2)
    this.#ssh(up()?.publicIp ?? "")
    const millis = performance.now() - began
    await this.#call("DELETE", `/v2/droplets/${id}`)
    return millis
  }

  /** The droplet that the last run asked for. */
  get #rented(): Json {
    const body = this.#cloud.requests.findLast(({ body, method, path }) => {
      const isOurs = isRecord(body) && body["name"] !== "floor"
      return method === "POST" && path === "/v2/droplets" && isOurs
    })?.body
    if (!isRecord(body)) throw new Error("no run has asked for a droplet")
    return body
  }

  #ownKey(): number {
    if (this.#key !== undefined) return this.#key
    const file = join(this.box.folder, "key")
    const { status } = spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file])
    if (status !== 0) throw new Error("ssh-keygen failed")
    this.#cloud.addSshKey("floor", readFileSync(`${file}.pub`, "utf8").trim())
    this.#key = this.#cloud.sshKeys().find(({ name }) => name === "floor")?.id
    if (this.#key === undefined) throw new Error("the key is not registered")
    return this.#key
  }

  async #call(method: string, path: string, body?: Json): Promise<number> {
    const answer = await fetch(`${this.#cloud.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.#cloud.token}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    const told: unknown = answer.status === 204 ? undefined : await answer.json()
    return isRecord(told) && isRecord(told["droplet"]) ? Number(told["droplet"]["id"]) : 0
  }

  #ssh(address: string): void {
    const options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
    const args = [...options.flatMap((option) => ["-o", option]), "-F", "none", "-i", join(this.box.folder, "key")]
    const { status, stderr, stdout } = spawnSync("ssh", [...args, `root@${address}`, "sh"], { input: script })
    if (status !== 0 || !String(stdout).includes(line)) throw new Error(`ssh ended with ${status}: ${String(stderr)}`)
  }
}

const tally = (calls: ReadonlyArray<string>): string => {
  const counts = new Map<string, number>()
  for (const call of calls) counts.set(call, (counts.get(call) ?? 0) + 1)
  return [...counts].map(([call, times]) => (times === 1 ? call : `${times}x ${call}`)).join(", ")
}

/**
 * From the command to the first line of the job's log, on a machine that is rented for it. A run before has started the
 * supervisor and registered the key; prices are looked up anew by every command.
 */
export const firstLine = async (): Promise<ReadonlyArray<Result | Skipped>> => {
  const missing = Emulator.missingMachines()
  if (missing !== undefined) return [{ name: "runctl train to the first log line", skipped: missing }]
  await using cloud = await Emulator.digitalocean({ machines: "ssh" })
  const bench = new FirstLine(cloud)
  const { box } = bench
  try {
    const warmups = 1
    const times = await interleaved(
      {
        ours: () => bench.ours(),
        floor: () => bench.floor(),
        node: timed(["-e", "0"], { cwd: box.project, env: box.env })
      },
      { rounds, warmups }
    )
    const measured = bench.asked.slice(warmups).map(({ calls }) => calls)
    const counts = measured.map(({ length }) => length)
    const floor = times.floor + times.node
    const ms = (millis: number): string => `${millis.toFixed(0)} ms`
    return [
      {
        name: "runctl train to the first log line, on an emulated machine",
        value: times.ours / 1000,
        unit: "s",
        limit: 2,
        details: `medians of ${rounds}; ${(times.ours / floor).toFixed(2)} times the machine's own boot and ssh (${ms(times.floor)}) and node -e 0 (${ms(times.node)}); supervisor running, key registered`
      },
      {
        name: "runctl train to the first log line, calls",
        value: median(counts),
        unit: "calls",
        limit: 8,
        details: `the median of ${counts.join(", ")}, as often as the machine still boots: ${tally(measured[0] ?? [])}`
      }
    ]
  } finally {
    await box.endSupervisors()
    await box.destroy()
  }
}
