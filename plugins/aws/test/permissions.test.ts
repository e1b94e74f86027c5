import { assert, describe, it } from "@effect/vitest"
import { operations } from "@runctl/plugin-aws/Operations"
import { allowed, policy } from "@runctl/plugin-aws/Permissions"
import * as Effect from "effect/Effect"
import { globSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { page } from "./permissionsPage.ts"
import { actionsOf, type Cloud, publicKey, requestFor, region, us, using } from "./rented.ts"

const sources = fileURLToPath(new URL("../src/", import.meta.url))
const text = (file: string): string => readFileSync(`${sources}${file}`, "utf8")

/** A disk and a card that a machine left behind. */
const plantParts = ({ core }: Cloud): void => {
  for (const [kind, id] of [
    ["volume", "vol-0000000000000aaaa"],
    ["network-interface", "eni-0000000000000aaaa"]
  ] as const) {
    const tags = { "runctl-owner": us, Name: "left" }
    core.world.parts.set(id, { id, kind, region, tags, instance: "i-0", vpcId: "", subnetId: "" })
  }
}

describe("the policy", () => {
  it.live("has every operation that is ever sent, and none that is not", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          yield* provider.diagnose ?? Effect.void
          yield* provider.offers({})
          cloud.core.caller = "192.0.2.7"
          const { id } = yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
          const spot = yield* provider.createResource(requestFor({ market: "spot" }))
          yield* Effect.sleep("1 second")
          const machine = yield* provider.getResource(id)
          cloud.core.caller = "192.0.2.8"
          cloud.clock.advance(30)
          yield* provider.endpoint(machine)
          yield* provider.stopResource(id)
          yield* provider.startResource(id)
          yield* provider.preemptionEvidence(spot)
          cloud.faults.loseReply({ body: (body) => String(body).includes("Action=ImportKeyPair&") })
          const again = requestFor({ authorizedKey: publicKey })
          const west = { ...again, offer: { ...again.offer, region: "us-west-2" } }
          yield* Effect.ignore(provider.createResource(west))
          yield* provider.createResource(west)
          for (const each of yield* provider.listResources) yield* provider.terminate(each.id)
          plantParts(cloud)
          for (const each of yield* provider.companions.list) yield* provider.companions.remove(each.id)
          assert.deepStrictEqual(yield* provider.companions.list, [])
          assert.deepStrictEqual([...new Set(actionsOf(cloud))].toSorted(), Object.keys(operations).toSorted())
        }),
      { cloud: { hasDefaultVpc: false }, settings: { network: "dedicated" }, asksAddress: true }
    ).pipe(Effect.andThen(defaultVpcIsLookedFor))
  )

  it("allows the actions of the table, the tagging of what is made and the role of the first spot machine", () => {
    const actions = [...new Set(Object.values(operations).map(({ action }) => action))]
    const more = ["ec2:CreateTags", "iam:CreateServiceLinkedRole"]
    assert.deepStrictEqual(allowed(policy({ network: true })), [...actions, ...more].toSorted())
    const network = Object.values(operations).filter(({ group }) => group === "network")
    const without = allowed(policy({ network: false }))
    assert.isFalse(network.some(({ action }) => without.includes(action)))
    assert.strictEqual(without.length, actions.length + more.length - network.length)
  })

  it("lets nothing be changed that does not carry our tag", () => {
    for (const { Action, Condition, Resource, Sid } of policy({ network: true }).Statement) {
      const changes = Action.filter((action) => !/:(Describe|Get)/.test(action))
      if (changes.length === 0) continue
      const isNarrow =
        JSON.stringify(Condition ?? {}).match(/runctl-owner|ec2:CreateAction|iam:AWSServiceName/) !== null
      // A launch stands on an image and a subnet that are others', and changes neither.
      assert.isTrue(isNarrow || /^(LaunchFrom|Make(Network)?In)$/.test(Sid), Sid)
      assert.notStrictEqual(Resource, "*", Sid)
    }
  })

  it("is what the page says", () => {
    const written = readFileSync(new URL("../../../docs/aws-permissions.md", import.meta.url), "utf8")
    assert.strictEqual(written, page())
  })

  it("knows every call that can be written down, and each is used", () => {
    const calls = [...text("internal/calls.ts").matchAll(/^export const (\w+)/gm)].map(([, name = ""]) => name)
    const names = Object.keys(operations).map((name) => `${name.charAt(0).toLowerCase()}${name.slice(1)}`)
    assert.deepStrictEqual(calls.toSorted(), names.toSorted())
    const others = globSync(["*.ts", "internal/lists.ts"], { cwd: sources })
    const all = others.map(text).join("\n")
    for (const name of calls) assert.include(all, `Calls.${name}`)
  })
})

/** The default VPC is only looked for where it is used. */
const defaultVpcIsLookedFor = using((provider, cloud) =>
  Effect.gen(function* () {
    yield* provider.createResource(requestFor())
    assert.isTrue(actionsOf(cloud).every((action) => action in operations))
  })
)
