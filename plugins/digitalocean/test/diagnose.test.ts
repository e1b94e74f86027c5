import { assert, describe, it } from "@effect/vitest"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { using } from "./rented.ts"
import type { Recorded } from "./server.ts"

const at =
  (...paths: ReadonlyArray<string>) =>
  ({ path }: Recorded): boolean =>
    paths.includes(path)
const forbidden = { status: 403, body: { id: "forbidden", message: "You are not authorized" }, times: 99 }

const findings = ({ diagnose }: AnyTrainingProvider) =>
  Effect.map(diagnose ?? assert.fail("there is none"), (all) =>
    all.map(({ message, name, status }) => `${status} ${name}: ${message}`)
  )

describe("a diagnosis", () => {
  it.live("tells of the token, the account, its limit, its balance and the clock, and changes nothing", () =>
    using((provider, { requests }) =>
      Effect.gen(function* () {
        const found = yield* findings(provider)
        assert.deepStrictEqual(found.slice(1), [
          "ok account: active",
          "ok droplet limit: 0 of 25 droplets are used",
          "ok balance: $11.21 used this month, as DigitalOcean counts",
          "ok clock: this computer's clock agrees with DigitalOcean's"
        ])
        assert.match(found[0] ?? "", /^ok token: it may read all that is needed/)
        assert.isTrue(requests.every(({ method }) => method === "GET"))
      })
    )
  )

  it.live("names the scopes that a token lacks, and does without the account's", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        faults.push({ ...forbidden, when: at("/v2/account", "/v2/customers/my/balance") })
        const scoped = yield* findings(provider)
        assert.match(scoped.join("\n"), /ok token: .*\nok account: the token may not read it \(scope account:read\)/)
        faults.push({ ...forbidden, when: at("/v2/sizes", "/v2/account/keys") })
        const [token] = yield* findings(provider)
        assert.strictEqual(token, "fail token: it lacks sizes:read, ssh_key:read")
      })
    )
  )

  it.live("says what is wrong with an account, and with a clock", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const account = (status: string, said: string) => ({
          when: at("/v2/account"),
          body: { account: { status, status_message: said, droplet_limit: 0 } }
        })
        cloud.headers = { date: "Thu, 01 Jan 2026 00:00:00 GMT" }
        cloud.faults.push(account("locked", "unpaid"), account("warning", " "))
        const locked = (yield* findings(provider)).join("\n")
        assert.match(locked, /^fail account: locked: unpaid$/m)
        assert.match(locked, /^warn droplet limit: 0 of 0 droplets are used$/m)
        assert.match(locked, /^warn clock: this computer's clock is \d+ s ahead of DigitalOcean's$/m)
        assert.match((yield* findings(provider)).join("\n"), /^warn account: warning$/m)
      })
    )
  )

  it.live("is a finding, no failure, when nothing answers", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        yield* Effect.promise(cloud.close)
        const [token, account, ...more] = yield* findings(provider)
        assert.match(token ?? "", /^fail token: DigitalOcean's API was not reached/)
        assert.match(account ?? "", /^warn account: /)
        assert.deepStrictEqual(more, [])
      })
    )
  )
})
