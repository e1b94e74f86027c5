import { Resources } from "@runctl/runtime/Resources"
import { note } from "@runctl/testkit/SshMachine"
import * as Effect from "effect/Effect"
import { assert, describe, it } from "vitest"
import { withoutBoots, withoutCloudInit } from "./BootedMachine.ts"
import { makeWorld, only, wish } from "./world.ts"

const hostKeysOf = "cut -d ' ' -f 1,2 /etc/ssh/ssh_host_*_key.pub"
const rented = Effect.flatMap(Resources, ({ create }) => create(wish()))

for (const [format, missing] of [
  ["cloud-config", withoutCloudInit],
  ["script", withoutBoots]
] as const) {
  describe.skipIf(missing !== undefined)(`a machine that boots from its ${format}${note(missing)}`, () => {
    const world = () =>
      makeWorld(undefined, ({ capabilities }) => ({
        capabilities: { ...capabilities, userData: { maxBytes: 16_384, formats: [format] } }
      }))

    it("is met over its derived key, and shows another one since", async () => {
      const it_ = world()
      const record = await it_.process(rented)
      const machine = only(it_)
      const first = it_.requests[0]?.bootstrap.content ?? ""
      assert.strictEqual(machine.run(hostKeysOf).trim(), record.hostKey)
      assert.notInclude(first, (record.hostKey ?? "").split(" ")[1] ?? "none")
      assert.isUndefined(record.pendingHostKey)
    }, 60_000)
  })
}
