import * as Emulator from "@runctl/testkit/Emulator"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, onTestFinished } from "vitest"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { type Tap, tap } from "../harness/tap.ts"

const owner = "testbox1"
const options = { env: { RUNCTL_OWNER: owner }, timeout: 150_000, skip: Emulator.missingMachines() }

/** Not port 22, which this computer's own sshd may have at every address. */
const sshPort = 2022

/** A DigitalOcean with machines, which a box rents from through somebody who hears all. */
class Account {
  readonly box: Box
  readonly cloud: Emulator.Cloud
  readonly tap: Tap
  readonly #said: Array<string> = []

  private constructor(box: Box, cloud: Emulator.Cloud, between: Tap) {
    this.box = box
    this.cloud = cloud
    this.tap = between
  }

  static async open(box: Box): Promise<Account> {
    const cloud = await Emulator.digitalocean({
      bootSeconds: 1,
      deleteSeconds: 1,
      powerSeconds: 1,
      machines: "ssh",
      sshPort,
      openApi: process.env["RUNCTL_OPENAPI_DIR"] || undefined
    })
    onTestFinished(() => cloud.close())
    const between = await tap(cloud.url)
    onTestFinished(() => between[Symbol.asyncDispose]())
    const folder = join(box.folder, "user", ".config", "runctl")
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, "config.yaml"), `providers:\n  digitalocean:\n    ssh-port: ${sshPort}\n`)
    Object.assign(box.env, { RUNCTL_DIGITALOCEAN_ENDPOINT: between.url, DIGITALOCEAN_TOKEN: cloud.token })
    return new Account(box, cloud, between)
  }

  /** Runs a command that must succeed; answers what it printed. */
  async run(...args: ReadonlyArray<string>): Promise<string> {
    const { code, stderr, stdout } = await this.box.run(args)
    this.#said.push(stdout, stderr)
    assert.strictEqual(code, 0, `${args.join(" ")}: ${stderr}`)
    return stdout
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- each command has a shape of its own, and its schema a test
  async json(...args: ReadonlyArray<string>): Promise<any> {
    return JSON.parse(await this.run(...args, "--json"))
  }

  async create(name: string): Promise<string> {
    const flags = ["--provider", "digitalocean", "--name", name, "--max-hours", "2", "--yes"]
    return (await this.json("create", ...flags)).resource.id
  }

  /** Nobody has told the token or the key that opens the machines, and nobody's machine was touched. */
  verify(): void {
    const { box, cloud } = this
    const keyFile = join(box.home, "machines", "id_ed25519")
    const seed = seedIn(readFileSync(keyFile, "utf8"))
    assert.deepStrictEqual(filesWith(box.folder, seed), [keyFile], "files with the key that opens machines")
    assert.deepStrictEqual(filesWith(box.folder, cloud.token), [], "files with the token")
    const sent = this.tap.sent()
    assert.include(sent, cloud.token, "it is heard at all")
    const besides = sent.replaceAll(new RegExp(`^authorization: Bearer ${cloud.token}\r$`, "gim"), "")
    for (const secret of [cloud.token, seed]) {
      assert.notInclude(this.#said.join("\n"), secret, "what was printed")
      assert.notInclude(besides, secret, "what was sent")
    }
    assert.deepStrictEqual([...cloud.violations], [])
    for (const { name, planted, touched } of cloud.machines()) if (planted) assert.isFalse(touched, name)
  }

  /** Droplets that are paid for and were not planted. */
  get living(): ReadonlyArray<string> {
    return this.cloud.billing().flatMap(({ name, planted }) => (planted ? [] : [name]))
  }
}

/** The part of an unencrypted ed25519 key's file that is its secret. */
const seedIn = (file: string): string => {
  const text = file
    .split("\n")
    .filter((line) => !line.startsWith("-"))
    .join("")
  return text.slice(216, 256)
}

/** Files below a folder that hold a secret, however its lines are broken. */
const filesWith = (folder: string, secret: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file, "latin1").replaceAll("\n", "").includes(secret))

const script = `echo "trained on $(hostname)"
echo result >model.txt
echo '{"metric": "loss", "step": 1, "value": 0.5}'
`

describe("a cloud with machines", () => {
  boxed(
    "is examined; a machine of it is made, looked at, worked on, stopped, started and ended, and no secret is told",
    async (box) => {
      const account = await Account.open(box)
      const { providers } = await account.json("providers", "doctor", "digitalocean")
      const [checks] = providers.map((each: { readonly checks: unknown }) => JSON.stringify(each.checks))
      for (const part of ['"credentials","status":"ok"', '"offers","status":"ok"', '"token","status":"ok"']) {
        assert.include(checks, part)
      }
      assert.match(await account.run("doctor"), /ok +plugins +.*digitalocean/)

      const id = await account.create("keeper")
      assert.match(id, /^digitalocean\/ams3\/\d+$/)
      const status = await account.json("status", id)
      assert.deepInclude(status.ssh, { user: "root", port: sshPort, hostKey: "own" })
      assert.isTrue(status.machineClock.keeper, "its own clock is armed")
      const left = Date.parse(status.unattended.endsBy) - Date.parse(status.resource.deadline)
      assert.isAtLeast(left, 0)
      assert.isAtMost(left, 10 * 60_000)
      assert.match(await account.run("status", id), /if all leave +.* ends it by /)

      box.file("train.sh", script)
      const { run } = await account.json("train", "train.sh", "--on", id)
      assert.deepInclude(run, { state: "Completed", resource: id, exitCode: 0 })
      assert.deepInclude(run.outputs, { state: "verified", files: 1 })
      assert.strictEqual(readFileSync(join(run.outputs.folder, "model.txt"), "utf8"), "result\n")

      const stopped = await account.json("stop", id)
      assert.deepInclude(stopped.resources[0], { id, state: "Stopped", usdPerHour: 0.009 })
      assert.lengthOf(account.living, 1, "a droplet that is off is paid for")
      const started = await account.json("start", id)
      assert.deepInclude(started.resources[0], { id, state: "Running" })
      assert.strictEqual(await account.run("ssh", id, "--", "cat", "/etc/hostname"), `${account.living[0]}\n`)

      await account.run("terminate", id)
      assert.deepStrictEqual(account.living, [])
      account.verify()
    },
    options
  )

  boxed(
    "serves a whole run and gives its machine back, while strangers' machines stay untouched and the cost is told",
    async (box) => {
      const account = await Account.open(box)
      const key = "k".repeat(20)
      account.cloud.plant({ name: "somebody-elses", tags: ["runctl"] })
      account.cloud.plant({ name: `runctl-stranger-${key}-1900000000` })
      account.cloud.plant({ name: `runctl-${owner}-${key}-1900000000` })

      box.file("train.sh", script)
      const flags = ["--provider", "digitalocean", "--name", "whole", "--max-hours", "1", "--out", "got", "--yes"]
      assert.match(await account.run("train", "train.sh", ...flags), /^trained on runctl-testbox1-/)
      assert.strictEqual(box.read("project", "got", "model.txt"), "result\n")
      assert.deepStrictEqual(account.living, [])

      const orphans = await account.json("resources", "orphans")
      assert.strictEqual(orphans.others, 1)
      assert.lengthOf(orphans.machines, 1)
      assert.deepInclude(orphans.machines[0], { standing: "elsewhere", can: ["adopt", "cleanup"] })
      const swept = await account.json("sweep")
      assert.deepInclude(swept, { ended: [], others: 1, failures: [] })
      assert.lengthOf(swept.leftAlone, 1)

      const { costs } = await account.json("cost", "--by", "provider")
      assert.lengthOf(costs, 1)
      assert.deepInclude(costs[0], { key: "digitalocean", machines: 1, live: 0 })
      assert.isAbove(costs[0].chargedUsd, 0)
      assert.isAtMost(costs[0].chargedUsd, 0.009 / 30, "two minutes of the machine's price")
      assert.lengthOf(account.cloud.billing(), 3)
      account.verify()
    },
    options
  )
})
