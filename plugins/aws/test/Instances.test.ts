import { assert, describe, it } from "@effect/vitest"
import * as Answers from "@runctl/plugin-aws/Answers"
import { chargesOf, endedBy, instanceIdOf, stateOf, toResource } from "@runctl/plugin-aws/Instances"
import { machineTags } from "@runctl/plugin-aws/Marks"
import { quotaFor } from "@runctl/plugin-aws/Quotas"
import { resourceId } from "@runctl/core/Resource"
import * as Effect from "effect/Effect"
import { newMark } from "./rented.ts"

const instance = (Name: string, code = "", more: Partial<Answers.Instance> = {}): Answers.Instance => ({
  InstanceId: "i-0123456789abcdef0",
  State: { Name },
  StateReason: { Code: code, Message: `${code}: why` },
  ...more
})

describe("the state of an instance", () => {
  it("is that of its word, and Running only with an address", () => {
    const states = ["pending", "stopping", "stopped", "shutting-down", "terminated", "sleeping"].map(
      (word) => stateOf(instance(word))._tag
    )
    assert.deepStrictEqual(states, ["Starting", "Stopped", "Stopped", "Terminating", "Terminated", "Unknown"])
    assert.strictEqual(stateOf(instance("running"))._tag, "Starting")
    assert.strictEqual(stateOf(instance("running", "", { PublicIpAddress: "192.0.2.1" }))._tag, "Running")
    assert.strictEqual(stateOf({ InstanceId: "i-1" })._tag, "Unknown")
  })

  it("is an error when it ended before it ran, in AWS's words", () => {
    for (const code of [
      "Server.InsufficientInstanceCapacity",
      "Server.InternalError",
      "Client.VolumeLimitExceeded",
      "Client.InvalidSnapshot.NotFound",
      "Client.InternalError"
    ]) {
      assert.deepStrictEqual(stateOf(instance("terminated", code)), { _tag: "Error", message: `${code}: why` })
    }
  })

  it("says who ended it", () => {
    const by = (code: string) => endedBy(instance("terminated", code))
    assert.strictEqual(by("Server.SpotInstanceTermination"), "preempted")
    assert.strictEqual(by("Server.SpotInstanceShutdown"), "preempted")
    assert.strictEqual(by("Client.UserInitiatedShutdown"), "us")
    assert.strictEqual(by("Client.InstanceInitiatedShutdown"), "deadline")
    assert.strictEqual(by("Server.ScheduledStop"), "provider")
    assert.isUndefined(by(""))
    assert.isUndefined(endedBy(instance("running", "Server.SpotInstanceTermination")))
  })
})

describe("an instance", () => {
  const tags = (more = {}) =>
    machineTags(newMark(), { usdPerHour: 2, diskUsdPerHour: 0.5, label: "line\nbreak #1", ...more })

  it("costs by its tags what it does in its state", () => {
    const cost = (word: string, code = "") =>
      toResource("us-east-1", instance(word, code, { PublicIpAddress: "192.0.2.1", Tags: tags() }))?.costPerHour
    const costs = ["pending", "running", "stopped", "shutting-down", "terminated"].map((word) => Number(cost(word)))
    assert.deepStrictEqual(costs, [2, 2, 0.5, 0, 0])
    const charges = chargesOf({ "runctl-usd-per-hour": "x", "runctl-disk-usd-per-hour": "-1" }, { _tag: "Running" })
    assert.deepStrictEqual(
      charges.map(({ usdPerHour }) => usdPerHour),
      [0, 0, 0.005]
    )
  })

  it("has a label that a tag may hold", () => {
    assert.strictEqual(tags().find(({ Key }) => Key === "runctl-label")?.Value, "line break _1")
    assert.isUndefined(tags({ label: " " }).find(({ Key }) => Key === "runctl-label"))
    assert.strictEqual(tags({ label: "x".repeat(999) }).at(-1)?.Value.length, 255)
  })

  it("without a mark is none of ours", () => {
    assert.isUndefined(toResource("us-east-1", instance("running", "", { Tags: [{ Key: "Name", Value: "web" }] })))
  })

  it("has an id that AWS can have given", () => {
    const known = (region: string, native: string) => instanceIdOf(resourceId("aws", region, native))
    assert.deepStrictEqual(known("us-gov-west-1", "i-0123456789abcdef0"), {
      region: "us-gov-west-1",
      instanceId: "i-0123456789abcdef0"
    })
    assert.isDefined(known("us-east-1", "i-12345678"))
    for (const [region = "", native = ""] of [
      ["us-east-1", "i-123"],
      ["evil.example", "i-12345678"],
      ["us-east-1", "sg-12345678"]
    ]) {
      assert.isUndefined(known(region, native))
    }
  })

  it.effect("that is not as promised is read as far as its id and tags", () =>
    Effect.gen(function* () {
      const odd = { InstanceId: "i-1", State: 7, Tags: [{ Key: "a", Value: "b" }] }
      const [read] = yield* Answers.instancesIn([{ Instances: [odd] }])
      assert.deepStrictEqual(read, { InstanceId: "i-1", Tags: [{ Key: "a", Value: "b" }] })
      const failed = yield* Effect.flip(Answers.instancesIn([{ Instances: [{ State: { Name: "running" } }] }]))
      assert.strictEqual(failed._tag, "Strange")
    })
  )
})

describe("a quota", () => {
  it("is that of the family and the market", () => {
    const codes = [
      "p5.48xlarge",
      "g5.xlarge",
      "gr6.4xlarge",
      "vt1.3xlarge",
      "trn1.2xlarge",
      "inf2.xlarge",
      "dl1.24xlarge",
      "t3.micro"
    ]
    assert.deepStrictEqual(
      codes.map((type) => quotaFor(type, "on-demand")?.code),
      ["L-417A185B", "L-DB2E81BA", "L-DB2E81BA", "L-DB2E81BA", "L-2C3B7624", "L-1945791B", "L-6E869C2A", "L-1216C47A"]
    )
    assert.strictEqual(quotaFor("p5.48xlarge", "spot")?.code, "L-7212CCBC")
    assert.isUndefined(quotaFor("hpc7a.96xlarge", "on-demand"))
  })
})
