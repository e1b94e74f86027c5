/**
 * Where machines stand: subnets of which there is a way to the internet.
 *
 * @since 0.1.0
 */
import type { OwnerId } from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import * as Effect from "effect/Effect"
import type * as Answers from "./Answers.ts"
import type { Aws } from "./AwsClient.ts"
import * as Dedicated from "./Dedicated.ts"
import type { Place } from "./Dedicated.ts"
import type { Cause } from "./Failures.ts"
import * as Lists from "./internal/lists.ts"
import type { Settings } from "./Settings.ts"

const active = (state: string | null | undefined): boolean =>
  state === undefined || state === null || state === "active"

/**
 * Whether packets of a subnet find a way out: its own table, or else the main one of its network, leads to an internet
 * gateway.
 *
 * @category decisions
 * @since 0.1.0
 */
export const isPublic = (subnetId: string, tables: ReadonlyArray<Answers.RouteTable>): boolean => {
  const has = (
    is: (association: { SubnetId?: string | null | undefined; Main?: boolean | null | undefined }) => boolean
  ) => tables.find(({ Associations }) => (Associations ?? []).some(is))
  const table = has(({ SubnetId }) => SubnetId === subnetId) ?? has(({ Main }) => Main === true)
  return (table?.Routes ?? []).some(
    ({ DestinationCidrBlock, GatewayId, State }) =>
      DestinationCidrBlock === "0.0.0.0/0" && (GatewayId ?? "").startsWith("igw-") && active(State)
  )
}

const reachable = Effect.fnUntraced(function* (
  aws: Aws,
  region: string,
  vpcId: string,
  subnets: ReadonlyArray<Answers.Subnet>
): Effect.fn.Return<ReadonlyArray<Place>, Cause> {
  const tables = yield* Lists.tables(aws, region, { Filters: [{ Name: "vpc-id", Values: [vpcId] }] })
  const open = subnets.filter(({ SubnetId }) => isPublic(SubnetId, tables))
  if (open.length === 0) {
    return yield* new ProviderError.Rejected({
      message: `${vpcId} in ${region} has no subnet with a route to an internet gateway: nothing in it could be reached. Set providers.aws.network to dedicated or to another subnet`
    })
  }
  return open
    .filter(({ AvailableIpAddressCount: left }) => left !== 0)
    .map(({ AvailabilityZone, SubnetId }) => ({ subnetId: SubnetId, vpcId, zone: AvailabilityZone }))
})

const defaultVpc = Effect.fnUntraced(function* (aws: Aws, region: string) {
  const [vpc] = yield* Lists.vpcs(aws, region, { Filters: [{ Name: "is-default", Values: ["true"] }] })
  return (
    vpc ??
    (yield* new ProviderError.Rejected({
      message: `${region} has no default VPC, and none is made silently: set providers.aws.network to dedicated (runctl makes and removes one) or to a subnet, or run \`aws ec2 create-default-vpc --region ${region}\``
    }))
  )
})

/**
 * The subnets in which a machine may be made, by the settings.
 *
 * **Errors**  `Rejected` where there are none, with what to do.
 *
 * @category queries
 * @since 0.1.0
 */
export const places = Effect.fnUntraced(function* (
  aws: Aws,
  { network }: Settings,
  request: { readonly region: string; readonly owner: OwnerId; readonly zones: ReadonlyArray<string> }
): Effect.fn.Return<ReadonlyArray<Place>, Cause> {
  const { owner, region, zones } = request
  if (network === "dedicated") return yield* Dedicated.ensure(aws, region, owner, zones)
  if (network === "default") {
    const { VpcId } = yield* defaultVpc(aws, region)
    const subnets = yield* Lists.subnets(aws, region, { Filters: [{ Name: "vpc-id", Values: [VpcId] }] })
    return yield* reachable(aws, region, VpcId, subnets)
  }
  const subnets = yield* Lists.subnets(aws, region, { SubnetIds: [network.subnet] })
  return yield* reachable(aws, region, subnets[0]?.VpcId ?? "", subnets)
})
