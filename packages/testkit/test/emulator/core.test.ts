import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Emulator from "../../src/Emulator.ts"
import { cpu } from "./client.ts"

const get = (core: Emulator.Core, path: string) => ({ method: "GET", path, token: core.token })
const creation = (core: Emulator.Core, name: string) => {
  const body = { name, ...cpu }
  return { method: "POST", path: "/v2/droplets", token: core.token, body }
}

const idOf = ({ body }: Emulator.Answer): number => {
  assert.isTrue(typeof body === "object" && body !== null && "droplet" in body)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the answer to a create
  return (body as { readonly droplet: { readonly id: number } }).droplet.id
}

const Gaps = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12_000 }))).check(
  Schema.isMaxLength(80)
)

it.prop("keys are listed ten times in any minute, never more and never less", [Gaps], ([gaps]) => {
  const core = Emulator.core()
  const taken: Array<number> = []
  let now = 0
  for (const gap of gaps) {
    now += gap
    const isFree = taken.filter((at) => at > now - 60_000).length < 10
    const answer = core.handle(get(core, "/v2/account/keys"), now)
    assert.strictEqual(answer.status, isFree ? 200 : 429)
    if (isFree) taken.push(now)
    else
      assert.strictEqual(Number(answer.headers["retry-after"]), Math.ceil(((taken.at(-10) ?? 0) + 60_000 - now) / 1000))
  }
})

it("a burst is 250 requests in a minute, and says when to come again", () => {
  const core = Emulator.core()
  for (let index = 0; index < 250; index++) assert.strictEqual(core.handle(get(core, "/v2/account"), index).status, 200)
  const refused = core.handle(get(core, "/v2/account"), 30_000)
  assert.strictEqual(refused.status, 429)
  assert.deepInclude(refused.headers, { "retry-after": "30", "ratelimit-limit": "5000", "ratelimit-remaining": "4750" })
  assert.strictEqual(core.handle(get(core, "/v2/account"), 59_999).status, 429)
  assert.strictEqual(core.handle(get(core, "/v2/account"), 60_000).status, 200)
  assert.strictEqual(core.handle({ ...get(core, "/v2/account"), token: core.addToken() }, 60_000).status, 200)
})

it("an hour has 5000 requests, and does not say when to come again but in the header it always has", () => {
  const core = Emulator.core()
  for (let index = 0; index < 5000; index++) {
    assert.strictEqual(core.handle(get(core, "/v2/account"), index * 300).status, 200)
  }
  const now = 5000 * 300
  const refused = core.handle(get(core, "/v2/account"), now)
  assert.strictEqual(refused.status, 429)
  assert.deepInclude(refused.headers, { "ratelimit-remaining": "0", "ratelimit-reset": "3600" })
  assert.notProperty(refused.headers, "retry-after")
  assert.strictEqual(core.handle(get(core, "/v2/account"), 3_599_999).status, 429)
  assert.strictEqual(core.handle(get(core, "/v2/account"), 3_600_000).status, 200)
})

const Step = Schema.Struct({
  gapMillis: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4000 })),
  does: Schema.Literals(["create", "delete", "read", "list"])
})

const Steps = Schema.Array(Step).check(Schema.isMaxLength(40))

const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))

it.prop(
  "a read answers what was the case at some time within the bound, however stale it is",
  [Steps, Seed],
  ([steps, seed]) => {
    const bound = 10_000
    const core = Emulator.core({ staleSeconds: bound / 1000, seed })
    const lives: Array<{ readonly id: number; readonly from: number; until: number }> = []
    let now = 1_000_000
    for (const { does, gapMillis } of steps) {
      now += gapMillis
      const life = lives.find(({ until }) => until === Infinity)
      if (does === "create") lives.push({ id: idOf(core.handle(creation(core, "x"), now)), from: now, until: Infinity })
      if (does === "delete" && life !== undefined) {
        core.handle({ method: "DELETE", path: `/v2/droplets/${life.id}`, token: core.token }, now)
        life.until = now
      }
      if (does === "read") {
        for (const { from, id, until } of lives) {
          const isSeen = core.handle(get(core, `/v2/droplets/${id}`), now).status === 200
          // Seen is what was there within the bound; not seen is what was not there for some of it.
          if (isSeen) assert.isAbove(until, now - bound)
          else assert.isTrue(from > now - bound || until <= now)
        }
      }
      if (does === "list") {
        const { body } = core.handle(get(core, "/v2/droplets?per_page=200"), now)
        const ids = new Set(JSON.stringify(body).match(/"id":4\d{8}/g))
        for (const { from, id, until } of lives) {
          if (from <= now - bound && until === Infinity) assert.isTrue(ids.has(`"id":${id}`))
          if (until <= now - bound) assert.isFalse(ids.has(`"id":${id}`))
        }
      }
    }
  }
)

it("a read is stale up to the bound, now more and now less, and never beyond it", () => {
  const core = Emulator.core({ staleSeconds: 10, limitsRates: false })
  const path = `/v2/droplets/${idOf(core.handle(creation(core, "x"), 0))}`
  const seenAt = (now: number) => {
    const statuses = Array.from({ length: 300 }, () => core.handle(get(core, path), now).status)
    return statuses.filter((status) => status === 200).length
  }
  assert.strictEqual(seenAt(10_000), 300)
  assert.closeTo(seenAt(5000), 150, 40)
  core.handle({ method: "DELETE", path, token: core.token }, 20_000)
  assert.closeTo(seenAt(25_000), 150, 40)
  assert.strictEqual(seenAt(30_000), 0)
})

it("what is deleted while it boots never comes to be, whatever else happens to it", () => {
  const core = Emulator.core({ bootSeconds: 30, deleteSeconds: 10 })
  const created = core.handle({ ...creation(core, "x"), body: { name: "x", ...cpu, tags: ["a"] } }, 0)
  const path = `/v2/droplets/${idOf(created)}`
  core.handle({ method: "DELETE", path, token: core.token }, 5000)
  core.handle({ method: "DELETE", path: "/v2/tags/a", token: core.token }, 6000)
  assert.strictEqual(core.handle(get(core, path), 14_999).status, 200)
  for (const now of [15_000, 30_000, 100_000]) assert.strictEqual(core.handle(get(core, path), now).status, 404)
  assert.match(JSON.stringify(core.handle(get(core, "/v2/actions"), 100_000).body), /"errored"/)
})

const rates = { lostReply: 0.2, lateEffect: 0.2, appliedTwice: 0.1, serverErrorAfterEffect: 0.1, lostThenLate: 0.1 }

/** All that a cloud says and does to the requests of these steps. */
const told = (steps: typeof Steps.Type, seed: number): string => {
  const core = Emulator.core({ staleSeconds: 5, seed })
  core.faults.random({ seed, rates })
  let now = 0
  const said = steps.map(({ does, gapMillis }, index) => {
    now += gapMillis
    const request = does === "create" ? creation(core, `m${index}`) : get(core, "/v2/droplets")
    return [core.plan(request), core.handle(request, now)]
  })
  return JSON.stringify([core.token, said, core.machines(now)])
}

it.prop("the same seed and requests have the same faults, answers and ids", [Steps, Seed], ([steps, seed]) => {
  assert.strictEqual(told(steps, seed), told(steps, seed))
})

it("another seed has other faults", () => {
  const steps = Array.from({ length: 40 }, () => ({ does: "create", gapMillis: 10 }) as const)
  assert.notStrictEqual(told(steps, 1), told(steps, 2))
})

it("faults happen as often as they are to", () => {
  const core = Emulator.core()
  core.faults.random({ seed: 5, rates, match: { method: "POST" } })
  const plans = Array.from({ length: 5000 }, () => core.plan(creation(core, "x")))
  const share = (is: (plan: Emulator.Plan) => boolean) => plans.filter(is).length / plans.length
  assert.closeTo(
    share(({ reply }) => reply === "lost"),
    0.2,
    0.02
  )
  assert.closeTo(
    share(({ effects }) => effects === 2),
    0.1,
    0.02
  )
  assert.closeTo(
    share(({ answer }) => answer !== undefined),
    0.1,
    0.02
  )
  assert.deepInclude(core.plan(get(core, "/v2/account")), { effects: 1, reply: "whole", effectAfter: 0, replyAfter: 0 })
})

it("what is not allowed is only written down where that is wanted", () => {
  const core = Emulator.core({ refusesViolations: false })
  const request = { ...creation(core, "x"), body: { name: "x", ...cpu, sise: 1 } }
  assert.strictEqual(core.handle(request, 0).status, 202)
  assert.lengthOf(core.violations, 1)
  assert.strictEqual(core.handle({ ...request, body: { name: 5 } }, 0).status, 422)
})

it("every answer is as our own schemas have it, and one that is not is found", () => {
  const core = Emulator.core({ checksAnswers: true, dropletLimit: 100 })
  core.handle(creation(core, "x"), 0)
  for (const path of [
    "/v2/droplets",
    "/v2/sizes?per_page=200",
    "/v2/regions",
    "/v2/images",
    "/v2/tags",
    "/v2/actions"
  ]) {
    assert.strictEqual(core.handle(get(core, path), 0).status, 200)
  }
  assert.deepEqual(core.violations, [])
  const request = get(core, "/v2/account")
  const { body, ...answer } = core.handle(request, 0)
  assert.isUndefined(core.cloud.complaint(request, { ...answer, body }))
  assert.match(core.cloud.complaint(request, { ...answer, body: { account: {} } }) ?? "", /droplet_limit/)
})
