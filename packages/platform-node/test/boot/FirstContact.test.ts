import * as FirstContact from "@runctl/runtime/FirstContact"
import * as NewMachine from "@runctl/runtime/NewMachine"
import { isUnmet } from "@runctl/runtime/Waiting"
import { Providers } from "@runctl/runtime/Providers"
import { Rents } from "@runctl/runtime/Rents"
import { Resources } from "@runctl/runtime/Resources"
import { note } from "@runctl/testkit/SshMachine"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { until } from "../../../../test/harness/until.ts"
import { withoutBoots } from "./BootedMachine.ts"
import { broken, keyed, living, only, recordOf, scripted, shownBy, wish } from "./world.ts"

const created = (wanted = wish()) => Effect.flatMap(Resources, ({ create }) => create(wanted))

describe.skipIf(withoutBoots !== undefined)(`the first contact with a rented machine${note(withoutBoots)}`, () => {
  it("waits until a command runs, and says meanwhile what it waits for", async () => {
    const before = `cat >/usr/local/bin/door <<'X'
#!/bin/sh
[ -e /run/open ] || { echo 'Please wait while we get your droplet ready, you will be disconnected shortly'; exit 142; }
exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
X
chmod 755 /usr/local/bin/door
echo 'ForceCommand /usr/local/bin/door' >/etc/ssh/sshd_config.d/50-door.conf`
    const world = scripted(() => ({ before }))
    const creating = world.process(created())
    await until("it says that it is told to wait", () => world.logs.some((told) => told.includes("Please wait")))
    only(world).run("touch /run/open")
    const { hostKey } = await creating
    assert.strictEqual(only(world).run(shownBy).trim(), hostKey)
  }, 60_000)

  it("waits for a login that is refused at first", async () => {
    const world = scripted(() => ({ after: "mv /root/.ssh/authorized_keys /root/.ssh/later" }))
    const creating = world.process(created())
    await until("it says why it waits", () => world.logs.some((told) => told.includes("does not let us in")))
    only(world).run("mv /root/.ssh/later /root/.ssh/authorized_keys")
    const { hostKey } = await creating
    assert.strictEqual(only(world).run(shownBy).trim(), hostKey)
  }, 60_000)

  it("is not over before cloud-init is, and says when that ended with an error", async () => {
    const cloudInit = `#!/bin/sh
[ "$*" = 'status --wait' ] || exit 0
: >/run/asked
until [ -e /run/over ]; do sleep 0.05; done
exit 1
`
    const before = "mkdir -p /run/cloud-init && : >/run/cloud-init/status.json"
    const world = scripted(() => ({ programs: { "cloud-init": cloudInit }, before }))
    let isOver = false
    const creating = world.process(
      Effect.ensuring(
        created(),
        Effect.sync(() => (isOver = true))
      )
    )
    await until("cloud-init is asked", () => world.machines.size === 1 && only(world).does("test -e /run/asked"))
    assert.isFalse(isOver)
    only(world).run("touch /run/over")
    await creating
    assert.lengthOf(
      world.logs.filter((told) => told.includes("(cloud-init) ended with an error")),
      1
    )
  })

  it("is made by whoever comes next when the one who has rented the machine is gone", async () => {
    const world = scripted()
    await world.process(
      Effect.gen(function* () {
        const record = yield* (yield* Rents).rent(wish())
        assert.isTrue(isUnmet(record))
        const met = yield* NewMachine.takeOver(record)
        assert.strictEqual(only(world).run(shownBy).trim(), met.hostKey)
        assert.isFalse(isUnmet(met))
      })
    )
  })

  it("arms the clocks of a machine that was told nothing at boot, and takes the key that it shows for its own", async () => {
    const world = keyed()
    const record = await world.process(created())
    assert.deepInclude(world.requests[0], { bootstrap: { format: "none", content: "" } })
    assert.isDefined(record.bootstrappedAt)
    assert.isUndefined(record.hostKey)
    const { id } = record.resource ?? { id: undefined }
    await world.process(
      Effect.gen(function* () {
        const { using } = yield* (yield* Providers).get("fake")
        if (id === undefined) return yield* Effect.die("it has no id")
        const told = yield* using.clockStatus(id)
        assert.deepInclude(told, { armed: true, orphanLeft: null, deadline: record.mark.deadlineEpochSeconds })
      })
    )
    const known = readFileSync(join(world.home, "machines", "known_hosts"), "utf8")
      .trim()
      .split(" ")
      .slice(1)
      .join(" ")
    assert.include(only(world).run(shownBy).trim().split("\n"), known)
  })

  it("is made by one of those who come at once, and leaves one key, of the other kinds none", async () => {
    const world = scripted(() => ({ after: "ssh-keygen -A", sshd: "-r" }))
    const record = await world.process(Effect.flatMap(Rents, ({ rent }) => rent(wish())))
    assert.isAbove(Number(only(world).run("ls /etc/ssh/ssh_host_*_key | wc -l")), 1)
    const coming = () => world.process(NewMachine.takeOver(record))
    const [first, ...others] = await Promise.all([coming(), coming(), coming()])
    assert.isDefined(first?.hostKey)
    assert.deepStrictEqual(
      others.map(({ hostKey }) => hostKey),
      [first?.hostKey, first?.hostKey]
    )
    assert.strictEqual(only(world).run(shownBy).trim(), first?.hostKey)
    assert.strictEqual(only(world).run("ls /etc/ssh/*host*").trim().split("\n").length, 2)
  })

  it("is made once: a machine that was met keeps its key", async () => {
    const world = scripted()
    const record = await world.process(created())
    await world.process(
      Effect.gen(function* () {
        const loaded = yield* (yield* Providers).get("fake")
        const clocks = {
          deadlineEpochSeconds: record.mark.deadlineEpochSeconds,
          graceSeconds: 1,
          holdSeconds: undefined
        }
        yield* FirstContact.meet(loaded, yield* recordOf(record.mark.key), clocks, () => Effect.void)
      })
    )
    assert.strictEqual(only(world).run(shownBy).trim(), record.hostKey)
  })

  it("leaves a machine its first key when the login may not change it, says so once, and uses it", async () => {
    const world = scripted(() => ({ before: "useradd -m -p '*' train" }), "train")
    const record = await world.process(created())
    assert.isUndefined(record.hostKey)
    assert.isDefined(record.bootstrappedAt)
    const told = world.logs.filter((line) => line.includes("goes on showing the host key of its set-up"))
    assert.lengthOf(told, 1)
    await world.process(
      Effect.gen(function* () {
        const { using } = yield* (yield* Providers).get("fake")
        if (record.resource === undefined) return yield* Effect.die("it has no id")
        assert.deepInclude(yield* using.clockStatus(record.resource.id), { armed: true, orphanLeft: null })
      })
    )
  })

  it("ends a machine whose GPU is broken, and another is rented", async () => {
    const world = scripted(broken(1))
    const record = await world.process(created(wish({ query: { gpu: "H100" } })))
    assert.strictEqual(world.machines.size, 2)
    assert.strictEqual(await living(world), 1)
    const [first] = world.machines.keys()
    const bad = await world.process(recordOf(first ?? ""))
    assert.deepInclude(bad, { phase: "Gone", endingBy: "provider" })
    assert.strictEqual(bad.problem?.code, "RUNCTL_E_BAD_MACHINE")
    assert.match(bad.problem?.message ?? "", /GPU 00000000:01:00.0 reports memory errors/)
    assert.notStrictEqual(record.mark.key, first)
  })
})
