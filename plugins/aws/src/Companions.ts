/**
 * What is made beside machines, found by its tags and removed in the order in which it can be.
 *
 * @since 0.1.0
 */
import * as ProviderError from "@runctl/core/ProviderError"
import type { Companion } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import type { Aws } from "./AwsClient.ts"
import * as Calls from "./internal/calls.ts"
import { type Cause, hasCode, isMissing } from "./Failures.ts"
import { companionOf, ofRunctl, ownerTag } from "./Marks.ts"
import * as Lists from "./internal/lists.ts"
import type { Regions } from "./Regions.ts"

/** Kinds in the order in which they can go: what others stand on comes after them. */
const kinds = [
  "spot-instances-request",
  "volume",
  "network-interface",
  "security-group",
  "key-pair",
  "vpc",
  "subnet",
  "route-table",
  "internet-gateway"
] as const

type CompanionKind = (typeof kinds)[number]

const isKind = (word: string): word is CompanionKind => kinds.some((kind) => kind === word)

/** They go with the network that they are in, and are seen only when that is gone. */
const parts: ReadonlySet<string> = new Set(["subnet", "route-table", "internet-gateway"])

const keyTag = "runctl-key"

const tagsIn = (aws: Aws, region: string) =>
  Lists.tags(aws, region, { Filters: [{ Name: "key", Values: [ownerTag, keyTag, "Name"] }], MaxResults: 1000 })

const ours = { Filters: [ofRunctl] }

/** Tags outlive what they were on, and requests of spot machines stay for hours after they have closed: what is there? */
const present: Readonly<
  Record<CompanionKind, (aws: Aws, region: string) => Effect.Effect<ReadonlyArray<string>, Cause>>
> = {
  "spot-instances-request": (aws, region) =>
    Effect.map(
      Lists.spotRequests(aws, region, { Filters: [ofRunctl, { Name: "state", Values: ["open", "active"] }] }),
      (all) => all.map(({ SpotInstanceRequestId: id }) => id)
    ),
  volume: (aws, region) =>
    Effect.map(Lists.volumes(aws, region, ours), (all) =>
      all.flatMap(({ State, VolumeId }) => (State === "deleting" || State === "deleted" ? [] : [VolumeId]))
    ),
  "network-interface": (aws, region) =>
    Effect.map(Lists.interfaces(aws, region, ours), (all) => all.map(({ NetworkInterfaceId: id }) => id)),
  "security-group": (aws, region) =>
    Effect.map(Lists.groups(aws, region, ours), (all) => all.map(({ GroupId }) => GroupId)),
  "key-pair": (aws, region) =>
    Effect.map(keysIn(aws, region), (all) => all.flatMap(({ KeyPairId: id }) => (id ? [id] : []))),
  vpc: (aws, region) => Effect.map(Lists.vpcs(aws, region, ours), (all) => all.map(({ VpcId }) => VpcId)),
  subnet: (aws, region) => Effect.map(Lists.subnets(aws, region, ours), (all) => all.map(({ SubnetId }) => SubnetId)),
  "route-table": (aws, region) =>
    Effect.map(Lists.tables(aws, region, ours), (all) => all.map(({ RouteTableId }) => RouteTableId)),
  "internet-gateway": (aws, region) =>
    Effect.map(Lists.gateways(aws, region, ours), (all) => all.map(({ InternetGatewayId: id }) => id))
}

const inRegion = Effect.fnUntraced(function* (
  aws: Aws,
  region: string
): Effect.fn.Return<ReadonlyArray<Companion>, Cause> {
  const tags = new Map<string, { readonly kind: string; readonly tags: Record<string, string> }>()
  for (const { Key, ResourceId, ResourceType, Value } of yield* tagsIn(aws, region)) {
    const known = tags.get(ResourceId) ?? { kind: ResourceType, tags: {} }
    known.tags[Key] = Value ?? ""
    tags.set(ResourceId, known)
  }
  const tagged = [...tags].filter(([, each]) => isKind(each.kind) && ownerTag in each.tags)
  const there = yield* Effect.forEach(
    kinds.filter((kind) => tagged.some(([, each]) => each.kind === kind)),
    (kind) => present[kind](aws, region),
    { concurrency: "unbounded" }
  )
  const ids = new Set(there.flat())
  const found = tagged.filter(([id]) => ids.has(id))
  const networks = new Set(found.flatMap(([, each]) => (each.kind === "vpc" ? [each.tags[ownerTag]] : [])))
  return kinds.flatMap((kind) =>
    found
      .filter(([, each]) => each.kind === kind && (!parts.has(kind) || !networks.has(each.tags[ownerTag])))
      .flatMap(([id, each]) => companionOf(`${region}/${kind}/${id}`, kind, each.tags) ?? [])
  )
})

/** All that is beside machines, in every region. @category queries @since 0.1.0 */
export const list = (aws: Aws, regions: Regions): Effect.Effect<ReadonlyArray<Companion>, Cause> =>
  regions.inAll((region) => inRegion(aws, region))

/** A machine's cards hold on to a group for minutes after it has ended. */
const draining = Schedule.spaced("5 seconds").pipe(Schedule.upTo({ duration: "2 minutes" }))

const isHeld = (cause: Cause): boolean =>
  hasCode(cause, "DependencyViolation", "VolumeInUse", "InvalidGroup.InUse", "InvalidNetworkInterface.InUse")

/** One step of going: what is gone is gone, what is still held is tried for a while. */
const step = (effect: Effect.Effect<unknown, Cause>): Effect.Effect<void, Cause> =>
  effect.pipe(
    Effect.asVoid,
    Effect.catchIf(isMissing, () => Effect.void),
    Effect.retry({ schedule: draining, while: isHeld }),
    Effect.catchIf(isHeld, (cause) =>
      Effect.fail(
        new ProviderError.Conflict({
          message: `something still stands on it: ${"message" in cause ? cause.message : ""}`
        })
      )
    )
  )

const inVpc = (vpcId: string) => [{ Name: "vpc-id", Values: [vpcId] }, ofRunctl]

const removeGateway = Effect.fnUntraced(function* (aws: Aws, region: string, id: string) {
  const all = yield* Lists.gateways(aws, region, { InternetGatewayIds: [id] }).pipe(
    Effect.catchIf(isMissing, () => Effect.succeed([]))
  )
  for (const { VpcId } of all.flatMap(({ Attachments }) => Attachments ?? [])) {
    if (!VpcId) continue
    yield* step(
      aws.call(region, Calls.detachInternetGateway({ InternetGatewayId: id, VpcId })).pipe(
        Effect.catchIf(
          (cause) => hasCode(cause, "Gateway.NotAttached"),
          () => Effect.void
        )
      )
    )
  }
  yield* step(aws.call(region, Calls.deleteInternetGateway({ InternetGatewayId: id })))
})

const removeTable = Effect.fnUntraced(function* (aws: Aws, region: string, id: string) {
  const found = yield* Effect.catchIf(Lists.tables(aws, region, { RouteTableIds: [id] }), isMissing, () =>
    Effect.succeed([])
  )
  for (const { Main, RouteTableAssociationId } of found.flatMap(({ Associations }) => Associations ?? [])) {
    if (Main === true || !RouteTableAssociationId) continue
    yield* step(aws.call(region, Calls.disassociateRouteTable({ AssociationId: RouteTableAssociationId })))
  }
  yield* step(aws.call(region, Calls.deleteRouteTable({ RouteTableId: id })))
})

const keysIn = (aws: Aws, region: string) =>
  aws
    .call(region, Calls.describeKeyPairs(ours))
    .pipe(Effect.flatMap(Answers.under("KeyPairs", Schema.Array(Answers.KeyPair))))

/** Keys are known by their ids, and go by their names. */
const removeKey = Effect.fnUntraced(function* (aws: Aws, region: string, id: string) {
  for (const { KeyName, KeyPairId } of yield* keysIn(aws, region)) {
    if (KeyPairId === id) yield* step(aws.call(region, Calls.deleteKeyPair({ KeyName })))
  }
})

/** A network and every part of it that is ours. */
const removeVpc = Effect.fnUntraced(function* (aws: Aws, region: string, vpcId: string) {
  const Filters = inVpc(vpcId)
  const groups = yield* Lists.groups(aws, region, { Filters })
  for (const { GroupId } of groups) yield* step(aws.call(region, Calls.deleteSecurityGroup({ GroupId })))
  const tables = yield* Lists.tables(aws, region, { Filters })
  for (const { RouteTableId } of tables) yield* removeTable(aws, region, RouteTableId)
  const subnets = yield* Lists.subnets(aws, region, { Filters })
  for (const { SubnetId } of subnets) yield* step(aws.call(region, Calls.deleteSubnet({ SubnetId })))
  const gateways = yield* Lists.gateways(aws, region, {
    Filters: [{ Name: "attachment.vpc-id", Values: [vpcId] }, ofRunctl]
  })
  for (const { InternetGatewayId } of gateways) yield* removeGateway(aws, region, InternetGatewayId)
  yield* step(aws.call(region, Calls.deleteVpc({ VpcId: vpcId })))
})

const removers: Readonly<Record<CompanionKind, (aws: Aws, region: string, id: string) => Effect.Effect<void, Cause>>> =
  {
    "spot-instances-request": (aws, region, id) =>
      step(aws.call(region, Calls.cancelSpotInstanceRequests({ SpotInstanceRequestIds: [id] }))),
    volume: (aws, region, id) => step(aws.call(region, Calls.deleteVolume({ VolumeId: id }))),
    "network-interface": (aws, region, id) =>
      step(aws.call(region, Calls.deleteNetworkInterface({ NetworkInterfaceId: id }))),
    "security-group": (aws, region, id) => step(aws.call(region, Calls.deleteSecurityGroup({ GroupId: id }))),
    "key-pair": removeKey,
    vpc: removeVpc,
    subnet: (aws, region, id) => step(aws.call(region, Calls.deleteSubnet({ SubnetId: id }))),
    "route-table": removeTable,
    "internet-gateway": removeGateway
  }

/** Nothing is removed whose tag is not ours when it is looked at last. */
const isOurs = (aws: Aws, region: string, id: string) =>
  Lists.tags(aws, region, {
    Filters: [
      { Name: "resource-id", Values: [id] },
      { Name: "key", Values: [ownerTag] }
    ]
  }).pipe(Effect.map((tags) => tags.some(({ Key }) => Key === ownerTag)))

/** Ends something beside machines; what is not there, and what is not ours, is left as it is. @category commands @since 0.1.0 */
export const remove = Effect.fnUntraced(function* (aws: Aws, companion: string): Effect.fn.Return<void, Cause> {
  const [region = "", kind = "", id = ""] = companion.split("/")
  if (!isKind(kind) || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region) || !/^[a-z]+-[0-9a-z]+$/.test(id)) return
  if (!(yield* isOurs(aws, region, id))) return
  yield* removers[kind](aws, region, id)
})
