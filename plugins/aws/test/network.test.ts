import { assert, describe, it } from "@effect/vitest"
import { isPublic } from "@runctl/plugin-aws/Network"
import { rangeOf } from "@runctl/plugin-aws/Firewall"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { actionsOf, type Cloud, publicKey, reasonOf, requestFor, sent, using } from "./rented.ts"

const kindsOf = ({ companions }: AnyTrainingProvider) =>
  Effect.map(companions.list, (all) => all.map(({ kind }) => kind))

const rulesOf = ({ core }: Cloud) =>
  [...core.world.groups.values()].flatMap(({ rules }) =>
    rules.map(({ cidr, from, protocol, to }) => `${protocol} ${from}-${to} ${cidr}`)
  )

describe("the way to a machine", () => {
  it.live("is open for SSH from the caller's address, and for nothing else", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        yield* provider.createResource(requestFor())
        yield* provider.createResource(requestFor())
        assert.deepStrictEqual(rulesOf(cloud), ["tcp 22-22 127.0.0.1/32"])
        assert.strictEqual(sent(cloud, "CreateSecurityGroup").length, 1)
      })
    )
  )

  it.live("follows a caller who has moved when it is asked for again, and forgets the old address", () => roams)

  it.live("is opened again when somebody has closed it and the machine is not reached", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(requestFor())
          yield* Effect.sleep("1 second")
          const machine = yield* provider.getResource(id)
          yield* provider.endpoint(machine)
          for (const group of cloud.core.world.groups.values()) group.rules = []
          yield* provider.endpoint(machine)
          assert.deepStrictEqual(rulesOf(cloud), [])
          cloud.clock.advance(16)
          yield* provider.endpoint(machine)
          assert.deepStrictEqual(rulesOf(cloud), ["tcp 22-22 127.0.0.1/32"])
        }),
      { cloud: { timeScale: 1 } }
    )
  )

  it.live("is open for the ranges that are configured", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          yield* provider.createResource(requestFor())
          assert.deepStrictEqual(rulesOf(cloud), ["tcp 22-22 192.0.2.0/24", "tcp 22-22 2001:db8::/32"])
        }),
      { settings: { "ssh-from": ["192.0.2.0/24", "2001:db8::/32"] } }
    )
  )

  it("is for addresses that are some", () => {
    assert.strictEqual(rangeOf("192.0.2.7\n"), "192.0.2.7/32")
    assert.strictEqual(rangeOf("2001:DB8::1"), "2001:db8::1/128")
    for (const text of ["", "<html>", "192.0.2.300", "192.0.2", "0.0.0.0/0"]) assert.isUndefined(rangeOf(text))
  })
})

/** A caller who moves, as an address service of the cloud's own tells. */
const roams = using(
  (provider, cloud) =>
    Effect.gen(function* () {
      cloud.core.caller = "192.0.2.7"
      const { id } = yield* provider.createResource(requestFor())
      const machine = yield* provider.getResource(id)
      yield* provider.endpoint(machine)
      assert.deepStrictEqual(rulesOf(cloud), ["tcp 22-22 192.0.2.7/32"])
      cloud.core.caller = "2001:DB8::7"
      cloud.clock.advance(21)
      yield* provider.endpoint(machine)
      assert.deepStrictEqual(rulesOf(cloud), ["tcp 22-22 2001:db8::7/128"])
      const actions = actionsOf(cloud)
      assert.isBelow(
        actions.lastIndexOf("AuthorizeSecurityGroupIngress"),
        actions.lastIndexOf("RevokeSecurityGroupIngress")
      )
    }),
  { cloud: { timeScale: 1 }, asksAddress: true }
)

describe("a subnet", () => {
  const to = (GatewayId: string, State = "active") => [{ DestinationCidrBlock: "0.0.0.0/0", GatewayId, State }]
  const own = (SubnetId: string) => [{ SubnetId, Main: false }]
  const main = { RouteTableId: "main", Associations: [{ Main: true }], Routes: to("igw-1") }

  it("is public by its own table, or by the main one where it has none", () => {
    assert.isTrue(isPublic("a", [main]))
    assert.isFalse(isPublic("a", [main, { RouteTableId: "own", Associations: own("a"), Routes: to("nat-1") }]))
    assert.isTrue(isPublic("b", [main, { RouteTableId: "own", Associations: own("a"), Routes: [] }]))
    assert.isFalse(isPublic("a", [{ ...main, Routes: to("igw-1", "blackhole") }]))
    assert.isFalse(isPublic("a", []))
  })
})

describe("the network", () => {
  it.live("is the default one, and where there is none says what to do instead of making one", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const reason = yield* reasonOf(provider.createResource(requestFor()))
          assert.strictEqual(reason._tag, "Rejected")
          assert.match(reason.message, /no default VPC.*network to dedicated.*create-default-vpc --region us-east-1/)
          assert.notInclude(actionsOf(cloud), "CreateVpc")
        }),
      { cloud: { hasDefaultVpc: false } }
    )
  )

  it.live("whose subnets lead nowhere is refused: nothing in it could be reached", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        for (const table of cloud.core.world.tables.values()) table.routes = []
        const reason = yield* reasonOf(provider.createResource(requestFor()))
        assert.match(reason.message, /no subnet with a route to an internet gateway/)
      })
    )
  )

  it.live(
    "that is dedicated is made once, with a subnet in each zone, and removed in the order in which it can be",
    () =>
      using(
        (provider, cloud) =>
          Effect.gen(function* () {
            yield* provider.createResource(requestFor())
            cloud.core.setLacks([{ zone: "us-east-1a" }])
            const { id } = yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
            const made = [
              "CreateVpc",
              "CreateInternetGateway",
              "CreateRouteTable",
              "CreateSubnet",
              "AssociateRouteTable"
            ]
            assert.deepStrictEqual(
              made.map((action) => sent(cloud, action).length),
              [1, 1, 1, 3, 3]
            )
            for (const action of made.slice(0, 4)) {
              const [first = {}] = sent(cloud, action)
              assert.strictEqual(first["TagSpecification.1.Tag.2.Key"], "runctl-owner", action)
            }
            assert.includeMembers([...(yield* kindsOf(provider))], ["vpc", "security-group", "key-pair"])
            assert.notInclude(yield* kindsOf(provider), "subnet")

            // Machines stand on it: nothing goes.
            const vpc = (yield* provider.companions.list).find(({ kind }) => kind === "vpc")
            cloud.clock.advance(1)
            for (const machine of yield* provider.listResources) yield* provider.terminate(machine.id)
            assert.strictEqual((yield* provider.getResource(id)).state._tag, "Terminated")
            yield* provider.companions.remove(vpc?.id ?? "")
            for (const { id: other } of yield* provider.companions.list) yield* provider.companions.remove(other)
            assert.deepStrictEqual(yield* provider.companions.list, [])
            const { gateways, groups, subnets, tables, vpcs } = cloud.core.world
            assert.deepStrictEqual(
              [vpcs, subnets, gateways, tables, groups].map(({ size }) => size),
              [0, 0, 0, 0, 0]
            )
            // A group is held by a card that is still there, and is asked for again until that is gone.
            assert.isAbove(sent(cloud, "DeleteSecurityGroup").length, 1)
          }),
        { cloud: { hasDefaultVpc: false, drainSeconds: 60, timeScale: 30 }, settings: { network: "dedicated" } }
      )
  )

  it.live("that was half made is finished: what is there is found by its tag", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          for (const action of ["ModifyVpcAttribute", "AttachInternetGateway", "CreateRoute", "AssociateRouteTable"]) {
            cloud.faults.loseReply({ body: (body) => String(body).includes(`Action=${action}&`) })
            assert.strictEqual((yield* reasonOf(provider.createResource(requestFor())))._tag, "Unavailable")
          }
          yield* provider.createResource(requestFor())
          const { gateways, subnets, vpcs } = cloud.core.world
          assert.deepStrictEqual([vpcs.size, gateways.size, subnets.size], [1, 1, 3])
        }),
      { cloud: { hasDefaultVpc: false }, settings: { network: "dedicated" } }
    )
  )

  it.live("is the subnet that is configured", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const reason = yield* reasonOf(provider.createResource(requestFor()))
          assert.match(reason.message, /InvalidSubnetID.NotFound/)
          assert.notInclude(actionsOf(cloud), "RunInstances")
        }),
      { settings: { network: "subnet-0123" } }
    )
  )
})
