import { assert, describe, it } from "@effect/vitest"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { TrainingProvider, type AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { layer } from "@runctl/plugin-aws/AwsProvider"
import { operations } from "@runctl/plugin-aws/Operations"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { type Moto, startMoto, throughFront, withoutMoto } from "./moto.ts"
import { publicKey, reasonOf, region, requestFor, us } from "./rented.ts"

const title = withoutMoto === undefined ? "" : ` (left out: ${withoutMoto})`

describe.skipIf(withoutMoto !== undefined)(`on moto, which others have written${title}`, () => {
  let moto: Moto | undefined
  beforeAll(async () => {
    moto = await startMoto()
  })
  // What one test has looked up the others need not ask for: moto takes seconds for all types.
  const home = mkdtempSync(join(tmpdir(), "runctl-moto-"))
  afterAll(async () => {
    rmSync(home, { recursive: true, force: true })
    await moto?.close()
  })

  const seen: Array<string> = []

  const using = <A, E>(
    settings: Readonly<Record<string, unknown>>,
    use: (provider: AnyTrainingProvider) => Effect.Effect<A, E>
  ) =>
    Effect.gen(function* () {
      const context = { home, owner: us, settings: { endpoint: moto?.url, ...settings } }
      const services = Layer.mergeAll(
        Layer.succeed(PluginContext, context),
        throughFront(seen),
        NodeServices.layer,
        ConfigProvider.layer(
          ConfigProvider.fromEnv({
            env: { AWS_ACCESS_KEY_ID: "moto", AWS_SECRET_ACCESS_KEY: "moto", AWS_REGION: region }
          })
        )
      )
      return yield* Effect.flatMap(TrainingProvider, use).pipe(
        Effect.provide(Layer.fresh(layer).pipe(Layer.provide(services)))
      )
    }).pipe(Effect.scoped)

  it.live("a machine in a network of its own is made, found, stopped, started and ended, and nothing is left", () =>
    using({ network: "dedicated" }, (provider) =>
      Effect.gen(function* () {
        const request = requestFor({ authorizedKey: publicKey, label: "on moto" })
        const made = yield* provider.createResource(request)
        assert.strictEqual(made.key, request.mark.key)
        assert.strictEqual((yield* provider.createResource(request)).id, made.id)
        const machine = yield* provider.getResource(made.id)
        assert.deepStrictEqual([machine.state._tag, machine.tags["runctl-label"]], ["Running", "on moto"])
        assert.deepInclude(yield* provider.endpoint(machine), {
          _tag: "Ssh",
          host: machine.publicIp ?? "",
          user: "root"
        })
        const listed = yield* provider.listResources
        assert.deepStrictEqual(
          listed.map(({ id }) => id),
          [made.id]
        )
        assert.strictEqual((yield* provider.stopResource(made.id)).state._tag, "Stopped")
        assert.include(["Starting", "Running"], (yield* provider.startResource(made.id)).state._tag)
        const kinds = (yield* provider.companions.list).map(({ kind }) => kind)
        assert.includeMembers(kinds, ["volume", "security-group", "key-pair", "vpc"])
        yield* provider.terminate(made.id)
        yield* provider.terminate(made.id)
        const ended = yield* provider.getResource(made.id)
        assert.deepStrictEqual([ended.state._tag, ended.endedBy], ["Terminated", "us"])
        for (const { id } of yield* provider.companions.list) yield* provider.companions.remove(id)
        assert.deepStrictEqual(yield* provider.companions.list, [])
        assert.deepStrictEqual(yield* provider.listResources, [])
      })
    )
  )

  it.live("a spot machine is one of the spot market, and is ended without a request that moto does not show", () =>
    using({ network: "dedicated" }, (provider) =>
      Effect.gen(function* () {
        const made = yield* provider.createResource(requestFor({ market: "spot" }))
        assert.strictEqual((yield* reasonOf(provider.stopResource(made.id)))._tag, "UnsupportedCapability")
        yield* provider.terminate(made.id)
        assert.strictEqual((yield* provider.preemptionEvidence(made)).preempted, "no")
        for (const { id } of yield* provider.companions.list) yield* provider.companions.remove(id)
        assert.deepStrictEqual(yield* provider.companions.list, [])
      })
    )
  )

  it.live("the default VPC, which has no way out there, is refused, and so is a key of another kind", () =>
    using({}, (provider) =>
      Effect.gen(function* () {
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.match(reason.message, /no subnet with a route to an internet gateway/)
        const image = yield* reasonOf(provider.createResource(requestFor({ image: "ami-0123456789abcdef0" })))
        assert.include(["NotFound", "Rejected"], image._tag)
      })
    )
  )

  it.live("types, zones and spot prices are read", () =>
    using({}, (provider) =>
      Effect.gen(function* () {
        const offers = yield* provider.offers({ gpu: "H100", gpuCount: 8 })
        assert.include(
          offers.map(({ instanceType }) => instanceType),
          "p5.48xlarge"
        )
        const findings = yield* provider.diagnose ?? assert.fail("there is none")
        assert.match(findings.map(({ message }) => message).join("\n"), /account 123456789012/)
      })
    )
  )

  it("was asked nearly everything that the plugin asks", () => {
    const never = Object.keys(operations).filter((name) => !seen.includes(name))
    // These are about what moto does not have: requests of spot machines, and parts that a machine leaves behind.
    const known = new Set([
      "CancelSpotInstanceRequests",
      "DeleteNetworkInterface",
      "DeleteVolume",
      "DescribeNetworkInterfaces",
      "DescribeSpotInstanceRequests",
      "RevokeSecurityGroupIngress"
    ])
    assert.deepStrictEqual(
      never.filter((name) => !known.has(name)),
      []
    )
  })
})
