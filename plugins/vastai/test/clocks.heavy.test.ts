import { assert, describe, it } from "@effect/vitest"
import * as Emulator from "@runctl/testkit/Emulator"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { vi } from "vitest"
import { bootstrapOf } from "./booted.ts"
import { publicKey, requestFor, sent, using } from "./rented.ts"

const missing = Emulator.missingMachines()

describe("an instance that nobody comes to", () => {
  it.live.skipIf(missing !== undefined)(
    `arms its clocks at its start, and destroys itself with its own key${missing === undefined ? "" : ` (left out: ${missing})`}`,
    () =>
      using(
        (provider, cloud) =>
          Effect.gen(function* () {
            const request = requestFor({ authorizedKey: publicKey })
            const other = yield* provider.createResource(requestFor())
            const endAction = provider.endActionScript(other)
            yield* provider.terminate(other.id)
            const { bootstrap, hostKey } = yield* bootstrapOf(request.mark, endAction ?? "", 3)
            const { id } = yield* provider.createResource({ ...request, bootstrap })
            const number = Number(id.split("/")[2])
            const shown = () =>
              readFileSync(cloud.machine(number)?.pathOf("/etc/ssh/ssh_host_ed25519_key.pub") ?? "", "utf8").trim()
            yield* Effect.promise(() =>
              vi.waitFor(() => assert.strictEqual(shown(), hostKey.publicKey), { timeout: 20_000, interval: 50 })
            )
            yield* Effect.promise(() =>
              vi.waitFor(() => assert.deepStrictEqual([...cloud.billing()], []), { timeout: 30_000, interval: 100 })
            )
            const ends = sent(cloud, "DELETE", /instances/).filter(({ path }) => path.includes(String(number)))
            assert.strictEqual(ends.length, 1)
          }),
        { machines: "ssh", bootSeconds: 0.2, deleteSeconds: 0.2 }
      ),
    { timeout: 90_000 }
  )
})
