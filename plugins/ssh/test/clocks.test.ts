import { assert, describe, it } from "@effect/vitest"
import { OwnerId } from "@runctl/core/Ownership"
import * as Effect from "effect/Effect"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { SshMachine } from "@runctl/testkit/SshMachine"
import { leftOut, withoutMachines } from "../../../test/harness/withoutSshd.ts"
import { until } from "../../../test/harness/until.ts"
import { exec, machine, names, reasonOf, using } from "./hosts.ts"
import { newMark, plain, rent, usingHalf } from "./rented.ts"

const claims = (sshd: SshMachine): string => sshd.pathOf("/var/tmp/runctl-claims")

const now = (): number => Math.floor(Date.now() / 1000)

/** Waits until the claim expires in about so many seconds. */
const lasts = (sshd: SshMachine, key: string, seconds: number) =>
  Effect.promise(() =>
    until(
      `the claim lasts for ${seconds} s`,
      () => {
        const [, expiry] = /^expiry (\d+)$/m.exec(readFileSync(join(claims(sshd), `${key}.claim`), "utf8")) ?? []
        return Math.abs(Number(expiry) - now() - seconds) < 30
      },
      20
    )
  )

describe.skipIf(withoutMachines !== undefined)(
  `a claim and the clocks of its machine${leftOut(withoutMachines)}`,
  () => {
    it("end together: a hold, and a deadline that was moved, are kept to though nobody looks", async () => {
      const sshd = await machine()
      await using([plain("one", sshd)], (provider) =>
        Effect.gen(function* () {
          const mark = newMark()
          const { id, key } = yield* rent("one", mark)
          yield* lasts(sshd, key, 3600 + 21_600)
          const { arm, extendClocks } = yield* usingHalf(provider)
          yield* arm(id, { deadlineEpochSeconds: mark.deadlineEpochSeconds, graceSeconds: 90, holdSeconds: 36_000 })
          yield* lasts(sshd, key, 3600 + 90 + 36_000 + 3600)
          yield* extendClocks(id, now() + 100_000)
          yield* lasts(sshd, key, 100_000 + 90 + 36_000 + 3600)
          yield* extendClocks(id, now())
          yield* Effect.promise(() => until("the host is free", () => names(claims(sshd)).length === 0, 30))
          assert.deepStrictEqual(names(sshd.pathOf(sshd.home)), [])
        })
      )
    })

    it("end nothing that runs for another runctl of the same user, whatever a claim says", async () => {
      const sshd = await machine()
      const hosts = [plain("one", sshd)]
      await using(hosts, (provider) =>
        Effect.gen(function* () {
          const mark = newMark(OwnerId.make("stranger"))
          const rented = yield* rent("one", mark)
          const { arm } = yield* usingHalf(provider)
          yield* arm(rented.id, {
            deadlineEpochSeconds: mark.deadlineEpochSeconds,
            graceSeconds: 90,
            holdSeconds: undefined
          })
          yield* lasts(sshd, rented.key, 3600 + 90 + 3600)
          const file = join(claims(sshd), `${rented.key}.claim`)
          writeFileSync(file, readFileSync(file, "utf8").replace(/^expiry .*$/m, `expiry ${now() - 1}`))
          const reason = yield* Effect.promise(() => using(hosts, () => reasonOf(rent("one"))))
          assert.strictEqual(reason.tag, "OutOfCapacity")
          assert.deepStrictEqual(yield* provider.offers({}), [])
          const endpoint = yield* provider.endpoint(rented)
          assert.strictEqual(
            yield* Effect.scoped(
              exec(endpoint, "kill -0 $(readlink .runctl/clocks/keeper | cut -d' ' -f1) && echo lives")
            ),
            "lives\n"
          )
        })
      )
    })
  }
)
