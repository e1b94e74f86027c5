import { Journal } from "@runctl/runtime/Journal"
import { HostKeys } from "@runctl/runtime/HostKeys"
import { Resources } from "@runctl/runtime/Resources"
import { note } from "@runctl/testkit/SshMachine"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "vitest"
import { withoutBoots, withoutCloudInit } from "./BootedMachine.ts"
import { makeWorld, only, recordOf, wish } from "./world.ts"

const endAction = "touch $RUNCTL_MACHINE_DIR/ended # canary-of-the-end-action"

/** The arguments and the environment of every process there is, now. */
const processes = (): ReadonlyArray<string> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) =>
      ["cmdline", "environ"].flatMap((name) => {
        try {
          return [readFileSync(join("/proc", pid, name), "latin1")]
        } catch {
          return []
        }
      })
    )

/** Programs that note what they are told, so that no process is too short to be seen. */
const noting = Object.fromEntries(
  ["base64", "cat", "chown", "env", "grep", "gzip", "mv", "printf", "setsid", "sh", "ssh-keygen", "tr"].map((name) => [
    name,
    `#!/bin/sh\nfor each in ${name} "$@"; do echo "$each"; done >>/run/told\nexec /usr/bin/${name} "$@"\n`
  ])
)

const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** What of a key in a file nobody else has: the line that is neither head nor public half. */
const secretOf = (privateKey: string): string => privateKey.trim().split("\n").at(-3) ?? "none"

for (const [format, missing] of [
  ["cloud-config", withoutCloudInit],
  ["script", withoutBoots]
] as const) {
  it.skipIf(missing !== undefined)(
    `no private key and no end action is seen anywhere but where it belongs, by ${format}${note(missing)}`,
    async () => {
      const world = makeWorld(
        () => ({ programs: noting }),
        ({ capabilities }) => ({
          capabilities: { ...capabilities, userData: { maxBytes: 16_384, formats: [format] } },
          endActionScript: () => endAction
        })
      )
      // Looked for afterwards: what the secrets are is known only then.
      const seen = new Set<string>()
      const looking = setInterval(() => {
        for (const each of processes()) seen.add(each)
      }, 1)
      const { events, first, record } = await world.process(
        Effect.gen(function* () {
          const { mark } = yield* (yield* Resources).create(wish())
          const journal = yield* Journal
          const position = yield* journal.position
          const stored = journal
            .subscribe({ fromPosition: 0 })
            .pipe(Stream.takeUntil((each) => each.position >= position))
          return {
            events: JSON.stringify([...(yield* Stream.runCollect(stored))]),
            first: yield* (yield* HostKeys).bootstrapKey(mark.key),
            record: yield* recordOf(mark.key)
          }
        })
      )
      clearInterval(looking)
      assert.isAbove(seen.size, 50)
      assert.include(events, "InstanceBootstrapped")
      const owner = readFileSync(join(world.home, "machines", "id_ed25519"), "utf8")
      const secrets = [secretOf(first.privateKey), secretOf(owner), "canary-of-the-end-action"]
      const [ofHost = "", ofOwner = "", ofAction = ""] = secrets
      // They are where they belong, and so would be found.
      const userData = world.requests[0]?.bootstrap.content ?? ""
      assert.include(userData, ofHost)
      assert.include(userData, ofAction)
      assert.notInclude(userData, ofOwner)
      assert.include(owner, ofOwner)
      for (const secret of secrets) {
        assert.isAbove(secret.length, 20)
        assert.notInclude(events, secret)
        assert.notInclude(JSON.stringify(record), secret)
        assert.notInclude(world.logs.join("\n"), secret)
        assert.isFalse([...seen].some((each) => each.includes(secret)))
        const files = filesBelow(world.home).filter((file) => readFileSync(file, "latin1").includes(secret))
        assert.deepStrictEqual(files, secret === ofOwner ? [join(world.home, "machines", "id_ed25519")] : [])
      }
      const machine = only(world)
      const told = machine.run("/bin/cat /run/told")
      assert.include(told, "arm\n--deadline")
      for (const secret of secrets) assert.notInclude(told, secret)
      machine.run("/bin/rm -f /usr/local/bin/grep /usr/local/bin/cat")
      const holders = (secret: string) =>
        machine
          .run(`grep -rlF -e '${secret}' /root /home /run /etc /var/lib /var/log 2>/dev/null | sort; true`)
          .trim()
          .split("\n")
          .filter((file) => file !== "")
      assert.deepStrictEqual(holders(ofOwner), [])
      const outside = [...holders(ofHost), ...holders(ofAction)].filter(
        (file) => file !== "/root/.runctl/clocks/end-action" && !file.startsWith("/var/lib/cloud/")
      )
      assert.deepStrictEqual(
        outside.filter((file) => !file.startsWith("/run/o/")),
        []
      )
      assert.strictEqual(
        machine.run("find /var/lib/cloud -type f -perm /044 -exec grep -lF -e 'PRIVATE KEY' {} + ; true"),
        ""
      )
    },
    60_000
  )
}
