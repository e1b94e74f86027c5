import * as Bootstrap from "@runctl/remote/Bootstrap"
import { requestOf } from "@runctl/runtime/BootRequest"
import { HostKeys } from "@runctl/runtime/HostKeys"
import { Providers } from "@runctl/runtime/Providers"
import { Rents } from "@runctl/runtime/Rents"
import { Resources } from "@runctl/runtime/Resources"
import { note } from "@runctl/testkit/SshMachine"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { assert, describe, it, onTestFinished } from "vitest"
import { until } from "../../../../test/harness/until.ts"
import { BootedMachine, type BootOptions, withoutBoots, withoutCloudInit } from "./BootedMachine.ts"
import { makeWorld, only, recordOf, shownBy, wish } from "./world.ts"

const created = Effect.flatMap(Resources, ({ create }) => create(wish()))

const hostKey: Bootstrap.HostKeyPair = {
  privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n",
  publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHost"
}
const now = (): number => Math.floor(Date.now() / 1000)

/** A machine that nobody rents, from bytes of our own making. */
const booted = async (
  format: Bootstrap.BootRequest["format"],
  clocks: Partial<Bootstrap.BootClocks>,
  options: Partial<BootOptions> & { readonly login?: string } = {}
): Promise<BootedMachine> => {
  const rendered = Bootstrap.render({
    format,
    maxBytes: 65_536,
    login: options.login ?? "root",
    authorizedKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOwner runctl"],
    hostKey,
    clocks: {
      deadlineEpochSeconds: now() + 3600,
      leftSeconds: 3600,
      orphanSeconds: 1800,
      graceSeconds: 1,
      holdSeconds: undefined,
      endAction: "touch $RUNCTL_MACHINE_DIR/ended",
      ...clocks
    }
  })
  const machine = await BootedMachine.boot({ ...options, userData: Result.getOrThrow(rendered).content })
  onTestFinished(() => machine[Symbol.asyncDispose]())
  return machine
}

interface Armed {
  readonly left: number
  readonly orphan: string
}

/** What is written on the machine, for a look that is no contact. */
const armedOn = (machine: BootedMachine, home = "/root"): Armed => {
  const [, , , , , left = "", , , orphan = ""] = machine.run(`cat ${home}/.runctl/clocks/armed`).trim().split(" ")
  return { left: Number(left), orphan }
}

/** The same boot again, as after a reboot of the same machine. */
const again = {
  "cloud-config": "rm -rf /run/cloud-init; cloud-init init --local && cloud-init init",
  script: "sh $FOLDER/user-data"
} as const

for (const [format, missing] of [
  ["cloud-config", withoutCloudInit],
  ["script", withoutBoots]
] as const) {
  describe.skipIf(missing !== undefined)(`a machine that boots from its ${format}${note(missing)}`, () => {
    const worldOf = () =>
      makeWorld(undefined, ({ capabilities }) => ({
        capabilities: { ...capabilities, userData: { maxBytes: 16_384, formats: [format] } }
      }))

    it("is met over its derived key, shows another one since, and has no third", async () => {
      const world = worldOf()
      const record = await world.process(created)
      const machine = only(world)
      assert.isDefined(record.hostKey)
      assert.strictEqual(machine.run(shownBy).trim(), record.hostKey)
      assert.notInclude(world.requests[0]?.bootstrap.content ?? "", (record.hostKey ?? "").split(" ")[1] ?? "none")
      assert.isUndefined(record.pendingHostKey)
      assert.strictEqual(machine.run("ls /etc/ssh/ssh_host_*").trim().split("\n").length, 2)
    })

    it("has its clocks armed before anybody has met it, and waits for nobody since", async () => {
      const world = worldOf()
      const { machine } = await world.process(
        Effect.gen(function* () {
          const record = yield* (yield* Rents).rent(wish())
          const booted = only(world)
          const { left, orphan } = armedOn(booted)
          // The mark is in whole seconds, rounded up.
          assert.isAtMost(left, 3601)
          assert.isAtLeast(left, 3540)
          assert.match(orphan, /^17\d\d$|^1800$/)
          const loaded = yield* (yield* Providers).get(record.provider)
          const id = record.resource?.id
          if (id === undefined) return yield* Effect.die("it has no id")
          const status = yield* loaded.using.clockStatus(id)
          assert.deepInclude(status, { armed: true, keeper: true, orphanLeft: null })
          return { machine: booted }
        })
      )
      assert.isFalse(machine.does("test -e /root/ended"))
    })

    it("does it all at every boot, and does not take away the key that was made since", async () => {
      const world = worldOf()
      const record = await world.process(created)
      const machine = only(world)
      const before = machine.run("cat /root/.runctl/clocks/armed; ls /root/.runctl; cat /root/.ssh/authorized_keys")
      machine.run(again[format], { FOLDER: machine.folder })
      assert.strictEqual(machine.run(shownBy).trim(), record.hostKey)
      assert.strictEqual(
        machine.run("cat /root/.runctl/clocks/armed; ls /root/.runctl; cat /root/.ssh/authorized_keys"),
        before
      )
      assert.isTrue(machine.does("test -e /root/.runctl/clocks/contact"))
    })

    it("ends itself when nobody makes contact", async () => {
      const machine = await booted(format, { orphanSeconds: 8 })
      await until("the end action has run", () => machine.does("test -e /root/ended"))
      assert.match(machine.run("cat /root/.runctl/clocks/ending"), /orphan/)
    })

    it("ends itself at its deadline, should the orphan timer be longer", async () => {
      const machine = await booted(format, { deadlineEpochSeconds: now() + 6, leftSeconds: 6 })
      await until("the end action has run", () => machine.does("test -e /root/ended"))
      assert.match(machine.run("cat /root/.runctl/clocks/ending"), /deadline/)
    })

    for (const [what, clockOffset, least, most] of [
      ["right", 0, 3500, 3600],
      ["a year ahead: no earlier than the orphan timer", 31_536_000, 1800, 1800],
      ["a year behind: no later than when it was asked for", -31_536_000, 4000, 4000]
    ] as const) {
      it(`counts what is left by a wall clock that is ${what}`, async () => {
        // It was asked for 400 s ago.
        const machine = await booted(format, { leftSeconds: 4000 }, { clockOffset })
        const { left } = armedOn(machine)
        assert.isAtLeast(left, least)
        assert.isAtMost(left, most)
      })
    }

    it("arms the clocks of a login that is not root as that login", async () => {
      const machine = await booted(format, {}, { login: "train" })
      assert.isAtLeast(armedOn(machine, "/home/train").left, 3500)
      assert.strictEqual(
        machine.run("stat -c %U /home/train/.runctl/clocks/armed /home/train/.ssh").trim(),
        "train\ntrain"
      )
      assert.isFalse(machine.does("test -e /root/.runctl"))
      assert.isTrue(machine.does("grep -q AAAAIOwner /home/train/.ssh/authorized_keys"))
    })
  })
}

describe.skipIf(withoutBoots !== undefined)(`a machine that was met${note(withoutBoots)}`, () => {
  const scripted = () =>
    makeWorld(
      () => ({ clockOffset: 31_536_000 }),
      ({ capabilities }) => ({
        capabilities: { ...capabilities, userData: { maxBytes: 16_384, formats: ["script"] } }
      })
    )

  it("counts by our clock, whatever its own said at boot", async () => {
    const world = scripted()
    await world.process(created)
    assert.isAtLeast(armedOn(only(world)).left, 3500)
  })

  it("is told from an impostor who has read its user data", async () => {
    const world = scripted()
    const record = await world.process(created)
    const impostor = await BootedMachine.boot({
      userData: world.requests[0]?.bootstrap.content ?? "",
      port: await powerOff(world, record.mark.key)
    })
    onTestFinished(() => impostor[Symbol.asyncDispose]())
    const said = await world.process(
      Effect.gen(function* () {
        const loaded = yield* (yield* Providers).get(record.provider)
        const { resource } = yield* recordOf(record.mark.key)
        if (resource === undefined) return yield* Effect.die("it has no id")
        const endpoint = yield* loaded.provider.endpoint(resource)
        return (yield* Effect.flip(Effect.scoped(loaded.open(endpoint)))).message
      })
    )
    assert.match(said, /not the one its provider told/)
    assert.include(impostor.run(shownBy), (await firstKeyOf(world, record.mark.key)).split(" ")[1] ?? "none")
  })

  it("whose record was asked for again is asked for with the same bytes, in another process too", async () => {
    const world = scripted()
    const record = await world.process(created)
    await world.process(
      Effect.gen(function* () {
        const { provider } = yield* (yield* Providers).get(record.provider)
        const request = yield* requestOf(provider, yield* recordOf(record.mark.key), yield* HostKeys)
        assert.deepStrictEqual(request.bootstrap, world.requests[0]?.bootstrap)
        assert.strictEqual(request.authorizedKey, world.requests[0]?.authorizedKey)
      })
    )
  })
})

const firstKeyOf = (world: ReturnType<typeof makeWorld>, key: string): Promise<string> =>
  world.process(
    Effect.gen(function* () {
      const { mark } = yield* recordOf(key)
      return (yield* (yield* HostKeys).bootstrapKey(mark.key)).publicKey
    })
  )

/** Nothing answers at its address any more. */
const powerOff = async (world: ReturnType<typeof makeWorld>, key: string): Promise<number> => {
  const machine = [...world.machines].find(([each]) => each === key)?.[1]
  if (machine === undefined) throw new Error("there is no such machine")
  await machine[Symbol.asyncDispose]()
  return machine.port
}
