import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import * as Ranking from "@runctl/plugin-aws/Renting"
import * as Effect from "effect/Effect"
import { actionsOf, newMark, offerOf, publicKey, reasonOf, region, requestFor, sent, using } from "./rented.ts"

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
        const all = yield* Effect.all([1, 2, 3].map(() => provider.createResource(request)), { concurrency: 3 })
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

  it.live("of a spot machine asks the cheapest zone first, and tags the request too", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const machine = yield* provider.createResource(requestFor({ market: "spot" }))
        const [launch = {}] = sent(cloud, "RunInstances")
        assert.match(launch["ClientToken"] ?? "", /-us-east-1b-spot$/)
        assert.strictEqual(launch["InstanceMarketOptions.MarketType"], "spot")
        assert.strictEqual(launch["InstanceMarketOptions.SpotOptions.SpotInstanceType"], "one-time")
        assert.strictEqual(launch["TagSpecification.4.ResourceType"], "spot-instances-request")
        assert.closeTo(machine.costPerHour, 0.0104 * 0.3, 1e-9)
      })
    )
  )

  it.live("of a spot machine pays no more than was agreed, and says what is asked", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const reason = yield* reasonOf(
          provider.createResource(requestFor({ market: "spot", priceLimit: UsdPerHour.make(0.001) }))
        )
        assert.isTrue(reason._tag === "PriceTooLow" && Math.abs((reason.usdPerHour ?? 0) - 0.00312) < 1e-9)
        // Only the zones that cost no more than that are asked.
        cloud.core.setLacks([{ market: "spot" }])
        const limit = UsdPerHour.make(0.0045)
        yield* reasonOf(provider.createResource(requestFor({ market: "spot", priceLimit: limit })))
        const zones = sent(cloud, "RunInstances").map(({ ClientToken }) => ClientToken?.slice(28, 38))
        assert.deepStrictEqual(zones, ["us-east-1b", "us-east-1a"])
      })
    )
  )

  it.live("falls back to on-demand only where that is allowed", () =>
    Effect.gen(function* () {
      const request = requestFor({ market: "spot" })
      yield* using((provider, cloud) =>
        Effect.gen(function* () {
          cloud.core.setLacks([{ market: "spot" }])
          assert.strictEqual((yield* reasonOf(provider.createResource(request)))._tag, "OutOfCapacity")
        })
      )
      yield* using(
        (provider, cloud) =>
          Effect.gen(function* () {
            cloud.core.setLacks([{ market: "spot" }])
            const machine = yield* provider.createResource(request)
            assert.strictEqual(machine.costPerHour, 0.0104)
            const limit = UsdPerHour.make(0.006)
            const reason = yield* reasonOf(provider.createResource(requestFor({ market: "spot", priceLimit: limit })))
            assert.strictEqual(reason._tag, "OutOfCapacity")
          }),
        { settings: { "on-demand-fallback": true } }
      )
    })
  )

  it.live("imports the owner's key once for each region, and again when somebody has removed it", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const authorizedKey = publicKey
        yield* provider.createResource(requestFor({ authorizedKey }))
        yield* provider.createResource(requestFor({ authorizedKey }))
        yield* provider.createResource(requestFor({ authorizedKey, offer: offerOf("t3.micro", "us-west-2") }))
        assert.strictEqual(sent(cloud, "ImportKeyPair").length, 2)
        for (const { id, kind } of yield* provider.companions.list) {
          if (kind === "key-pair") yield* provider.companions.remove(id)
        }
        yield* provider.createResource(requestFor({ authorizedKey }))
        assert.strictEqual(sent(cloud, "ImportKeyPair").length, 3)
      })
    )
  )

  it.live("takes a key that is there under its name when it is the same one, whatever its comment", () =>
    using((provider, cloud, home) =>
      Effect.gen(function* () {
        const authorizedKey = publicKey
        yield* provider.createResource(requestFor({ authorizedKey }))
        yield* Effect.sync(() => assert.isNotEmpty(home))
        cloud.faults.loseReply({ body: isAction("ImportKeyPair") })
        const offer = offerOf("t3.micro", "us-west-2")
        assert.strictEqual(
          (yield* reasonOf(provider.createResource(requestFor({ authorizedKey, offer }))))._tag,
          "Unavailable"
        )
        yield* provider.createResource(requestFor({ authorizedKey, offer }))
        assert.include(actionsOf(cloud), "DescribeKeyPairs")
        const wrong = requestFor({ authorizedKey: "ecdsa-sha2-nistp256 AAAAE2VjZHNh other" })
        const reason = yield* reasonOf(provider.createResource(wrong))
        assert.match(reason.message, /ssh-ed25519 and ssh-rsa, not ecdsa/)
      })
    )
  )

  it.live("has an image for its processor and its GPUs, and a disk that is never smaller than that", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        for (const type of ["t3.micro", "t4g.small", "g4dn.xlarge", "g5g.xlarge", "g4ad.xlarge"]) {
          yield* provider.createResource(requestFor({ offer: offerOf(type), diskGiB: GiB.make(10) }))
        }
        const launches = sent(cloud, "RunInstances")
        assert.deepStrictEqual(
          launches.map(({ ImageId }) => ImageId?.slice(-3)),
          // The one without a driver of NVIDIA's has AMD's GPUs.
          ["64a", "64b", "64c", "64d", "64a"]
        )
        const disks = launches.map((launch) => launch["BlockDeviceMapping.1.Ebs.VolumeSize"])
        assert.deepStrictEqual(disks, ["10", "10", "75", "75", "10"])
        const devices = launches.map((launch) => launch["BlockDeviceMapping.1.DeviceName"])
        assert.strictEqual(devices[2], "/dev/xvda")
      })
    )
  )

  it.live("boots from the image that is asked for, by its id or by the parameter that names it", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const name = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
        yield* provider.createResource(requestFor({ image: "ami-0000000000000a64a" }))
        yield* provider.createResource(requestFor({ image: name }))
        assert.strictEqual(new Set(sent(cloud, "RunInstances").map(({ ImageId }) => ImageId)).size, 1)
        for (const image of ["ubuntu-24-04-x64", "ami-0000000000000ffff", "/aws/service/none"]) {
          const reason = yield* reasonOf(provider.createResource(requestFor({ image })))
          assert.include(["Rejected", "NotFound"], reason._tag)
        }
      })
    )
  )

  it.live("carries 16 KiB of user data, and not a byte more", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const content = `#!/bin/sh\n${"ä".repeat(8187)}`
        yield* provider.createResource(requestFor({ bootstrap: { format: "script", content } }))
        const [launch = {}] = sent(cloud, "RunInstances")
        const bytes = Uint8Array.from(atob(launch["UserData"] ?? ""), (character) => character.charCodeAt(0))
        assert.strictEqual(bytes.length, 16_384)
        assert.strictEqual(new TextDecoder().decode(bytes), content)
        const reason = yield* reasonOf(
          provider.createResource(requestFor({ bootstrap: { format: "script", content: `${content}a` } }))
        )
        assert.match(reason.message, /has 16385 bytes, EC2 carries 16384/)
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

describe("pools are asked", () => {
  const pool = (zone: string, market: "spot" | "on-demand", usdPerHour: number) => ({
    place: { subnetId: zone, vpcId: "vpc", zone },
    market,
    usdPerHour
  })
  const all = [pool("a", "on-demand", 1), pool("b", "spot", 0.3), pool("c", "spot", 0.2), pool("d", "spot", 0.4)]
  const zones = (ranked: ReadonlyArray<Ranking.Pool>) => ranked.map(({ place }) => place.zone).join("")

  it("by price, spot before on-demand, cold ones later, and first where it was asked last", () => {
    assert.strictEqual(zones(Ranking.ranked(all, () => false, () => false)), "cbda")
    assert.strictEqual(zones(Ranking.ranked(all, () => false, ({ place }) => place.zone === "c")), "bdca")
    assert.strictEqual(zones(Ranking.ranked(all, ({ place }) => place.zone === "a", () => false)), "acbd")
  })
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
