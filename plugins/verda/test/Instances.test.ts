import { assert, describe, it } from "@effect/vitest"
import { toName, toTags } from "@runctl/core/Ownership"
import { resourceId } from "@runctl/core/Resource"
import type { Instance } from "@runctl/plugin-verda/Answers"
import * as Answers from "@runctl/plugin-verda/Answers"
import { isGone, isProvisioning, meaningOf } from "@runctl/plugin-verda/Failures"
import { markOf, nativeOf, publicIpOf, stateOf, tagsFor, toResource } from "@runctl/plugin-verda/Instances"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { newMark } from "./rented.ts"

const id = "8472bacf-875d-4e86-ad31-4a5d2dcd5f4d"

const instance = (changes: Partial<Instance>): Instance => ({ id, status: "running", ip: "192.0.2.1", ...changes })

const words = (status: string, ip: string | null = "192.0.2.1"): string => stateOf(instance({ status, ip }))._tag

describe("the state of an instance", () => {
  it("is what its word means, and what it costs is told apart from it", () => {
    const expected: Readonly<Record<string, string>> = {
      new: "Starting",
      ordered: "Starting",
      provisioning: "Starting",
      validating: "Starting",
      pending: "Starting",
      restoring: "Starting",
      running: "Running",
      offline: "Stopped",
      deleting: "Terminating",
      starting_hibernation: "Terminating",
      hibernating: "Terminating",
      discontinued: "Terminated",
      notfound: "Terminated",
      not_found: "Terminated",
      error: "Error",
      installation_failed: "Error",
      no_capacity: "Error",
      unknown: "Unknown",
      brand_new_word: "Unknown"
    }
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((word) => [word, words(word)])), expected)
  })

  it("is Starting while it runs without an address", () => {
    assert.deepEqual([words("running", null), words("running", "")], ["Starting", "Starting"])
    assert.isUndefined(publicIpOf({ id, ip: null }))
  })
})

describe("the mark of an instance", () => {
  it("is in its tags, or in the whole of its host name", () => {
    const mark = newMark()
    const tags = tagsFor(mark, 50).map(({ key, value = "" }) => ({ key, value }))
    assert.deepEqual(markOf(instance({ tags, hostname: "renamed" })), mark)
    assert.deepEqual(markOf(instance({ tags: [], hostname: toName(mark) })), mark)
    assert.isUndefined(markOf(instance({ hostname: `${toName(mark)}-2` })))
    assert.isUndefined(markOf(instance({ hostname: `x-${toName(mark)}` })))
    assert.isAtMost(tags.length, 10)
    assert.isTrue(tags.every(({ key, value }) => key === key.toLowerCase() && key.length <= 63 && value.length <= 127))
  })

  it("makes it a machine, and what is gone costs nothing", () => {
    const mark = newMark()
    const made = instance({ hostname: toName(mark), location: "FIN-01", instance_type: "CPU.4V.16G" })
    assert.deepInclude(toResource(made, { usdPerHour: 2 }), {
      id: resourceId("verda", "FIN-01", id),
      owner: mark.owner,
      key: mark.key
    })
    assert.strictEqual(Number(toResource(made, { usdPerHour: 2 })?.costPerHour), 2)
    assert.strictEqual(Number(toResource({ ...made, status: "offline" }, { usdPerHour: 2 })?.costPerHour), 2)
    assert.strictEqual(Number(toResource({ ...made, status: "discontinued" }, { usdPerHour: 2 })?.costPerHour), 0)
    assert.isUndefined(toResource(instance({ hostname: "nobody" }), { usdPerHour: 2 }))
    assert.deepInclude(toTags(mark), { "runctl-key": mark.key })
  })

  it("is asked for by ids that have the form of Verda's, and by no others", () => {
    assert.strictEqual(nativeOf(resourceId("verda", "FIN-01", id)), id)
    for (const [provider, native] of [
      ["verda", "1"],
      ["verda", `${id}/../..`],
      ["digitalocean", id]
    ] as const) {
      assert.isUndefined(nativeOf(resourceId(provider, "FIN-01", native)))
    }
  })
})

describe("the id of something new", () => {
  it.effect("is read as text, in quotes or in an object, and nothing else is one", () =>
    Effect.gen(function* () {
      for (const answer of [id, ` ${id}\n`, `"${id}"`, `{"id":"${id}"}`, { id }]) {
        assert.strictEqual(yield* Answers.idIn(answer), id)
      }
      for (const answer of ["", "ok", "{}", "5", undefined, { id: 5 }]) {
        assert.isTrue(Exit.isFailure(yield* Effect.exit(Answers.idIn(answer))))
      }
    })
  )
})

describe("a refusal", () => {
  const tag = (message: string) => meaningOf(message)?._tag

  it("means what its words say", () => {
    assert.strictEqual(tag("No capacity available"), "OutOfCapacity")
    assert.strictEqual(tag("Can't discontinue a provisioning instance"), "Conflict")
    assert.strictEqual(tag("Instance quota exceeded"), "QuotaExceeded")
    assert.strictEqual(tag("Insufficient scope"), "Forbidden")
    assert.strictEqual(tag(`Operating system or volume not found ${id}`), "Rejected")
    assert.strictEqual(tag("Operating system is not valid for this instance type"), "Rejected")
    assert.strictEqual(tag("Invalid instance id"), "NotFound")
    assert.isUndefined(tag("something else"))
  })

  it("of an end may mean that it has ended, or that it cannot end yet", () => {
    const refused = (status: number, message: string) =>
      ({ _tag: "Refused", status, message, retryAfter: undefined, setting: "here" }) as const
    assert.isTrue(isGone(refused(403, "Can't discontinue a discontinued instance")))
    assert.isTrue(isGone(refused(404, "anything")))
    assert.isFalse(isGone(refused(403, "Can't discontinue a provisioning instance")))
    assert.isTrue(isProvisioning(refused(403, "Can't discontinue a provisioning instance")))
    assert.isFalse(isProvisioning(refused(403, "Can't discontinue a discontinued instance")))
  })

  it("in a list of what came of an action is one", () => {
    const row = { instanceId: id, action: "delete", status: "error", error: "no", statusCode: 403 }
    assert.deepEqual(Answers.refusalIn([{ status: "success" }, row]), { status: 403, message: "no" })
    assert.isUndefined(Answers.refusalIn([{ status: "success" }]))
    assert.isUndefined(Answers.refusalIn(undefined))
  })
})
