/**
 * A network of runctl's own in a region: made part by part, each found again by its tag.
 *
 * @since 0.1.0
 */
import type { OwnerId } from "@runctl/core/Ownership"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import * as Answers from "./Answers.ts"
import type { Aws } from "./AwsClient.ts"
import * as Calls from "./internal/calls.ts"
import { type Cause, hasCode, isMissing } from "./Failures.ts"
import * as Lists from "./internal/lists.ts"
import { ownerTag, sharedTags, specification } from "./Marks.ts"

/** A subnet that machines can be reached in. @category models @since 0.1.0 */
export interface Place {
  readonly subnetId: string
  readonly vpcId: string
  readonly zone: string
}

const network = "10.97.0.0/16"
const blockOf = (index: number): string => `10.97.${(index % 16) * 16}.0/20`

const oursIn = (owner: OwnerId) => ({ Name: `tag:${ownerTag}`, Values: [owner] })
const inVpc = (vpcId: string) => ({ Name: "vpc-id", Values: [vpcId] })

/** What was just made may not show to the next call. */
const appearing = Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 15 }))

const settled = <A>(effect: Effect.Effect<A, Cause>): Effect.Effect<A, Cause> =>
  Effect.retry(effect, { schedule: appearing, while: isMissing })

const idIn =
  (field: string, inner: string) =>
  (answer: unknown): Effect.Effect<string, Cause> =>
    Effect.flatMap(Answers.under(field, Schema.Unknown)(answer), Answers.under(inner, Schema.NonEmptyString))

const ensureVpc = Effect.fnUntraced(function* (aws: Aws, region: string, owner: OwnerId) {
  const [found] = yield* Lists.vpcs(aws, region, { Filters: [oursIn(owner)] })
  if (found !== undefined) return found.VpcId
  const made = yield* aws
    .call(region, Calls.createVpc({ CidrBlock: network, TagSpecifications: [specification("vpc", sharedTags(owner))] }))
    .pipe(Effect.flatMap(idIn("Vpc", "VpcId")))
  yield* settled(aws.call(region, Calls.modifyVpcAttribute({ VpcId: made, EnableDnsHostnames: { Value: true } })))
  return made
})

const ensureGateway = Effect.fnUntraced(function* (aws: Aws, region: string, owner: OwnerId, vpcId: string) {
  const all = yield* Lists.gateways(aws, region, { Filters: [oursIn(owner)] })
  const attached = all.find(({ Attachments }) => Attachments?.some(({ VpcId }) => VpcId === vpcId))
  if (attached !== undefined) return attached.InternetGatewayId
  const loose = all.find(({ Attachments }) => (Attachments ?? []).length === 0)
  const InternetGatewayId =
    loose?.InternetGatewayId ??
    (yield* aws
      .call(
        region,
        Calls.createInternetGateway({ TagSpecifications: [specification("internet-gateway", sharedTags(owner))] })
      )
      .pipe(Effect.flatMap(idIn("InternetGateway", "InternetGatewayId"))))
  yield* settled(aws.call(region, Calls.attachInternetGateway({ InternetGatewayId, VpcId: vpcId }))).pipe(
    Effect.catchIf(
      (cause) => hasCode(cause, "Resource.AlreadyAssociated"),
      () => Effect.void
    )
  )
  return InternetGatewayId
})

const ensureTable = Effect.fnUntraced(function* (
  aws: Aws,
  region: string,
  owner: OwnerId,
  vpcId: string,
  gateway: string
) {
  const [found] = yield* Lists.tables(aws, region, { Filters: [oursIn(owner), inVpc(vpcId)] })
  const RouteTableId =
    found?.RouteTableId ??
    (yield* settled(
      aws.call(
        region,
        Calls.createRouteTable({
          VpcId: vpcId,
          TagSpecifications: [specification("route-table", sharedTags(owner))]
        })
      )
    ).pipe(Effect.flatMap(idIn("RouteTable", "RouteTableId"))))
  const isOpen = (found?.Routes ?? []).some(({ GatewayId }) => GatewayId === gateway)
  if (!isOpen) {
    yield* settled(
      aws.call(region, Calls.createRoute({ RouteTableId, DestinationCidrBlock: "0.0.0.0/0", GatewayId: gateway }))
    ).pipe(
      Effect.catchIf(
        (cause) => hasCode(cause, "RouteAlreadyExists"),
        () => Effect.void
      )
    )
  }
  const associated = new Set((found?.Associations ?? []).flatMap(({ SubnetId }) => (SubnetId ? [SubnetId] : [])))
  return { RouteTableId, associated }
})

const ensureSubnets = Effect.fnUntraced(function* (
  aws: Aws,
  region: string,
  owner: OwnerId,
  vpcId: string,
  zones: ReadonlyArray<string>
) {
  const found = yield* Lists.subnets(aws, region, { Filters: [oursIn(owner), inVpc(vpcId)] })
  return yield* Effect.forEach(zones, (zone) => {
    const there = found.find(({ AvailabilityZone }) => AvailabilityZone === zone)
    if (there !== undefined) return Effect.succeed({ subnetId: there.SubnetId, vpcId, zone })
    return settled(
      aws.call(
        region,
        Calls.createSubnet({
          VpcId: vpcId,
          // A zone's letter is its place, however many zones there are.
          CidrBlock: blockOf(zone.charCodeAt(zone.length - 1) - 97),
          AvailabilityZone: zone,
          TagSpecifications: [specification("subnet", sharedTags(owner))]
        })
      )
    ).pipe(
      Effect.flatMap(idIn("Subnet", "SubnetId")),
      Effect.map((subnetId): Place => ({ subnetId, vpcId, zone }))
    )
  })
})

/** One network is made at a time: it can only be found again when it is there. */
const oneAtATime = Semaphore.makeUnsafe(1)

/**
 * The owner's network in a region, with a subnet in each of these zones. What is missing of it is made, in the order in
 * which parts need each other.
 *
 * @category commands
 * @since 0.1.0
 */
export const ensure = (
  aws: Aws,
  region: string,
  owner: OwnerId,
  zones: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<Place>, Cause> =>
  oneAtATime.withPermit(
    Effect.gen(function* () {
      const vpcId = yield* ensureVpc(aws, region, owner)
      const gateway = yield* ensureGateway(aws, region, owner, vpcId)
      const places = yield* ensureSubnets(aws, region, owner, vpcId, zones)
      const { RouteTableId, associated } = yield* ensureTable(aws, region, owner, vpcId, gateway)
      const loose = places.filter(({ subnetId }) => !associated.has(subnetId))
      yield* Effect.forEach(
        loose,
        ({ subnetId }) =>
          settled(aws.call(region, Calls.associateRouteTable({ RouteTableId, SubnetId: subnetId }))).pipe(
            Effect.catchIf(
              (cause) => hasCode(cause, "Resource.AlreadyAssociated"),
              () => Effect.void
            )
          ),
        { discard: true }
      )
      return places
    })
  )
