import { assert, describe, it } from "@effect/vitest"
import { GiB } from "@runctl/core/Offer"
import * as Effect from "effect/Effect"
import { actionsOf, offerOf, publicKey, reasonOf, requestFor, sent, using } from "./rented.ts"

const isAction = (action: string) => (body: unknown) => typeof body === "string" && body.includes(`Action=${action}&`)

describe("a launch", () => {
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
})
