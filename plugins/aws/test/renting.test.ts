import { assert, describe, it } from "@effect/vitest"
import { GiB } from "@runctl/core/Offer"
import * as Effect from "effect/Effect"
import { newMark, offerOf, publicKey, reasonOf, region, requestFor, sent, using } from "./rented.ts"

const isAction = (action: string) => (body: unknown) => typeof body === "string" && body.includes(`Action=${action}&`)

describe("a launch", () => {
  it.live("is one request with everything in it: tags on all parts, IMDSv2, its own end, a way in", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const request = requestFor({ authorizedKey: publicKey, diskGiB: GiB.make(60) })
        yield* provider.createResource(request)
        const [launch = {}] = sent(cloud, "RunInstances")
        assert.strictEqual(launch["MetadataOptions.HttpTokens"], "required")
        assert.strictEqual(launch["InstanceInitiatedShutdownBehavior"], "terminate")
        assert.strictEqual(launch["ClientToken"], `runctl-${request.mark.key}-us-east-1a-od`)
        assert.strictEqual(launch["NetworkInterface.1.AssociatePublicIpAddress"], "true")
        assert.strictEqual(launch["BlockDeviceMapping.1.DeviceName"], "/dev/sda1")
        assert.strictEqual(launch["BlockDeviceMapping.1.Ebs.VolumeSize"], "60")
        assert.strictEqual(launch["BlockDeviceMapping.1.Ebs.VolumeType"], "gp3")
        const kinds = [1, 2, 3].map((index) => launch[`TagSpecification.${index}.ResourceType`])
        assert.deepStrictEqual(kinds, ["instance", "volume", "network-interface"])
        for (const index of [1, 2, 3]) {
          assert.strictEqual(launch[`TagSpecification.${index}.Tag.2.Value`], request.mark.owner)
          assert.strictEqual(launch[`TagSpecification.${index}.Tag.3.Value`], request.mark.key)
        }
        assert.strictEqual(atob(launch["UserData"] ?? ""), "#cloud-config\ndisable_root: false\n")
        assert.isUndefined(launch["InstanceMarketOptions.MarketType"])
      })
    )
  )

  it.live("of a key that is there already is answered with that machine, and of one at once with one", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const request = requestFor()
        const all = yield* Effect.all(
          [1, 2, 3].map(() => provider.createResource(request)),
          { concurrency: 3 }
        )
        const again = yield* provider.createResource(request)
        assert.deepStrictEqual([...new Set([...all, again].map(({ id }) => id))], [again.id])
        assert.strictEqual(cloud.machines().length, 1)
      })
    )
  )

  it.live("whose answer was lost is not sent again: its outcome is unknown, and the same token finds it", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          cloud.faults.loseReply({ body: isAction("RunInstances") })
          const request = requestFor()
          const reason = yield* reasonOf(provider.createResource(request))
          assert.strictEqual(reason._tag, "OutcomeUnknown")
          assert.strictEqual(sent(cloud, "RunInstances").length, 1)
          // It does not show yet: only the token says that it is the same.
          const { id } = yield* provider.createResource(request)
          assert.deepStrictEqual(
            cloud.machines().map((machine) => `aws/${region}/${machine.id}`),
            [id]
          )
          assert.strictEqual(new Set(sent(cloud, "RunInstances").map(({ ClientToken }) => ClientToken)).size, 1)
        }),
      { cloud: { visibleSeconds: 100_000 } }
    )
  )

  it.live("that failed inside AWS, or was answered by a page, has an unknown outcome", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.faults.serverErrorAfterEffect({ body: isAction("RunInstances") })
        assert.strictEqual((yield* reasonOf(provider.createResource(requestFor())))._tag, "OutcomeUnknown")
        cloud.faults.html({ body: isAction("RunInstances") })
        assert.strictEqual((yield* reasonOf(provider.createResource(requestFor())))._tag, "OutcomeUnknown")
        cloud.faults.truncate({ body: isAction("RunInstances") })
        assert.strictEqual((yield* reasonOf(provider.createResource(requestFor())))._tag, "OutcomeUnknown")
      })
    )
  )

  it.live("asks the next zone where one has none left, and remembers which had none", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          cloud.core.setLacks([{ type: "t3.micro", zone: "us-east-1a" }])
          const request = requestFor()
          yield* provider.createResource(request)
          const tokens = sent(cloud, "RunInstances").map(({ ClientToken }) => ClientToken)
          assert.deepStrictEqual(tokens, [
            `runctl-${request.mark.key}-us-east-1a-od`,
            `runctl-${request.mark.key}-us-east-1b-od`
          ])
          yield* provider.createResource(requestFor())
          assert.strictEqual(sent(cloud, "RunInstances").length, 3)
        }),
      { cloud: { timeScale: 1 } }
    )
  )

  it.live("is OutOfCapacity once every zone has none, and says which were asked", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.core.setLacks([{}])
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.strictEqual(reason._tag, "OutOfCapacity")
        assert.match(reason.message, /us-east-1a \(on-demand\), us-east-1b \(on-demand\), us-east-1c/)
        assert.strictEqual(cloud.machines().length, 0)
      })
    )
  )

  it.live("goes to the zone that the offer names, and to no other", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.core.setLacks([{ zone: "us-east-1c" }])
        const offer = offerOf("t3.micro", region, { zone: "us-east-1c" })
        const reason = yield* reasonOf(provider.createResource(requestFor({ offer })))
        assert.strictEqual(reason._tag, "OutOfCapacity")
        assert.strictEqual(sent(cloud, "RunInstances").length, 1)
      })
    )
  )

  it.live("names the quota that is full, what it is and how it is raised", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.core.setQuota("L-417A185B", 0)
        const offer = offerOf("p4d.24xlarge", region, { vcpus: 96 })
        const reason = yield* reasonOf(provider.createResource(requestFor({ offer })))
        assert.isTrue(reason._tag === "QuotaExceeded" && reason.quota === "L-417A185B")
        assert.match(reason.message, /"Running On-Demand P instances" \(L-417A185B\) in us-east-1 is 0 vCPUs/)
        assert.match(reason.message, /quotas\/L-417A185B\?region=us-east-1/)
        assert.match(reason.message, /--quota-code L-417A185B --desired-value 96/)
        // What is full is full in every zone.
        assert.strictEqual(sent(cloud, "RunInstances").length, 1)
      })
    )
  )

  it.live("in a region that is not there, or not switched on, is refused with the ones that are", () =>
    using((provider) =>
      Effect.gen(function* () {
        for (const at of ["us-est-1", "me-central-1"]) {
          const reason = yield* reasonOf(provider.createResource(requestFor({ offer: offerOf("t3.micro", at) })))
          assert.strictEqual(reason._tag, "Rejected")
          assert.match(reason.message, /open are eu-central-1, us-east-1, us-west-2/)
        }
      })
    )
  )

  it.live("that ends before it runs is an error in AWS's words, and costs nothing", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.faults.failCreate()
        const { id } = yield* provider.createResource(requestFor())
        yield* Effect.sleep("1 second")
        const machine = yield* provider.getResource(id)
        assert.deepStrictEqual(machine.state, {
          _tag: "Error",
          message: "Server.InternalError: Internal error on launch"
        })
        assert.strictEqual(machine.costPerHour, 0)
      })
    )
  )
})

it.live("a machine of another owner's key is told apart by its owner", () =>
  using((provider) =>
    Effect.gen(function* () {
      const mark = newMark()
      const first = yield* provider.createResource(requestFor({ mark }))
      const listed = (yield* provider.listResources).filter(({ key }) => key === mark.key)
      assert.deepStrictEqual(
        listed.map(({ id, owner }) => [id, owner]),
        [[first.id, mark.owner]]
      )
    })
  )
)
