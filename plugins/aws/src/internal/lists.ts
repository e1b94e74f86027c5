import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Answers from "../Answers.ts"
import type { Aws } from "../AwsClient.ts"
import * as Calls from "./calls.ts"
import type { Failure } from "../Failures.ts"

type Token = { readonly NextToken: string | undefined }

const listOf =
  <I, A>(call: (input: I & Token) => Calls.Call, field: string, schema: Schema.ConstraintDecoder<A>, what: string) =>
  (aws: Aws, region: string, input: I): Effect.Effect<ReadonlyArray<A>, Failure> =>
    Effect.flatMap(
      aws.pages(region, (NextToken) => call({ ...input, NextToken }), field),
      (rows) => Effect.forEach(rows, Answers.read(schema, what))
    )

/** Networks. */
export const vpcs = listOf<Omit<Parameters<typeof Calls.describeVpcs>[0], "NextToken">, typeof Answers.Vpc.Type>(
  Calls.describeVpcs,
  "Vpcs",
  Answers.Vpc,
  "a VPC's id"
)

/** Subnets. */
export const subnets = listOf<Omit<Parameters<typeof Calls.describeSubnets>[0], "NextToken">, Answers.Subnet>(
  Calls.describeSubnets,
  "Subnets",
  Answers.Subnet,
  "a subnet's id"
)

/** Route tables. */
export const tables = listOf<Omit<Parameters<typeof Calls.describeRouteTables>[0], "NextToken">, Answers.RouteTable>(
  Calls.describeRouteTables,
  "RouteTables",
  Answers.RouteTable,
  "a route table's id"
)

/** Internet gateways. */
export const gateways = listOf<
  Omit<Parameters<typeof Calls.describeInternetGateways>[0], "NextToken">,
  typeof Answers.InternetGateway.Type
>(Calls.describeInternetGateways, "InternetGateways", Answers.InternetGateway, "a gateway's id")

/** Security groups. */
export const groups = listOf<
  Omit<Parameters<typeof Calls.describeSecurityGroups>[0], "NextToken">,
  Answers.SecurityGroup
>(Calls.describeSecurityGroups, "SecurityGroups", Answers.SecurityGroup, "a group's id")

/** Tags, whatever they are on. */
export const tags = listOf<Omit<Parameters<typeof Calls.describeTags>[0], "NextToken">, typeof Answers.TagRow.Type>(
  Calls.describeTags,
  "Tags",
  Answers.TagRow,
  "what a tag is on"
)

/** Disks. */
export const volumes = listOf<
  Omit<Parameters<typeof Calls.describeVolumes>[0], "NextToken">,
  typeof Answers.Volume.Type
>(Calls.describeVolumes, "Volumes", Answers.Volume, "a volume's id")

/** Cards of machines in networks. */
export const interfaces = listOf<
  Omit<Parameters<typeof Calls.describeNetworkInterfaces>[0], "NextToken">,
  typeof Answers.NetworkInterface.Type
>(Calls.describeNetworkInterfaces, "NetworkInterfaces", Answers.NetworkInterface, "a network card's id")

/** Requests behind spot machines. */
export const spotRequests = listOf<
  Omit<Parameters<typeof Calls.describeSpotInstanceRequests>[0], "NextToken">,
  typeof Answers.SpotRequest.Type
>(Calls.describeSpotInstanceRequests, "SpotInstanceRequests", Answers.SpotRequest, "a spot request's id")
