/**
 * Every operation of AWS that is ever called, each with the permission it takes.
 *
 * @since 0.1.0
 */

/**
 * What an operation takes.
 *
 * **Details**  `on`: `any` for what reads or cannot be narrowed, `ours` for what already carries our tag, `made` for what
 * must be given it while it is made. `group` is what it is for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Permission {
  readonly action: string
  readonly on: "any" | "ours" | "made" | "images"
  readonly group: "look" | "rent" | "keep" | "network"
}

const reads = (action: string): Permission => ({ action, on: "any", group: "look" })
const changes = (action: string, group: Permission["group"] = "keep"): Permission => ({ action, on: "ours", group })
const makes = (action: string, group: Permission["group"] = "rent"): Permission => ({ action, on: "made", group })

/**
 * The table. A call that is not in it cannot be written down: the calls are typed by its keys.
 *
 * @source https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html (read 2026-11-20)
 * @category constants
 * @since 0.1.0
 */
export const operations = {
  GetCallerIdentity: reads("sts:GetCallerIdentity"),
  GetProducts: reads("pricing:GetProducts"),
  GetServiceQuota: reads("servicequotas:GetServiceQuota"),
  GetParameter: { action: "ssm:GetParameter", on: "images", group: "look" },
  DescribeRegions: reads("ec2:DescribeRegions"),
  DescribeInstanceTypes: reads("ec2:DescribeInstanceTypes"),
  DescribeInstanceTypeOfferings: reads("ec2:DescribeInstanceTypeOfferings"),
  DescribeSpotPriceHistory: reads("ec2:DescribeSpotPriceHistory"),
  DescribeImages: reads("ec2:DescribeImages"),
  DescribeInstances: reads("ec2:DescribeInstances"),
  DescribeSpotInstanceRequests: reads("ec2:DescribeSpotInstanceRequests"),
  DescribeTags: reads("ec2:DescribeTags"),
  DescribeVolumes: reads("ec2:DescribeVolumes"),
  DescribeNetworkInterfaces: reads("ec2:DescribeNetworkInterfaces"),
  DescribeKeyPairs: reads("ec2:DescribeKeyPairs"),
  DescribeSecurityGroups: reads("ec2:DescribeSecurityGroups"),
  DescribeVpcs: reads("ec2:DescribeVpcs"),
  DescribeSubnets: reads("ec2:DescribeSubnets"),
  DescribeRouteTables: reads("ec2:DescribeRouteTables"),
  DescribeInternetGateways: reads("ec2:DescribeInternetGateways"),
  RunInstances: makes("ec2:RunInstances"),
  ImportKeyPair: makes("ec2:ImportKeyPair"),
  CreateSecurityGroup: makes("ec2:CreateSecurityGroup"),
  AuthorizeSecurityGroupIngress: changes("ec2:AuthorizeSecurityGroupIngress"),
  RevokeSecurityGroupIngress: changes("ec2:RevokeSecurityGroupIngress"),
  StartInstances: changes("ec2:StartInstances"),
  StopInstances: changes("ec2:StopInstances"),
  TerminateInstances: changes("ec2:TerminateInstances"),
  CancelSpotInstanceRequests: changes("ec2:CancelSpotInstanceRequests"),
  DeleteVolume: changes("ec2:DeleteVolume"),
  DeleteNetworkInterface: changes("ec2:DeleteNetworkInterface"),
  DeleteKeyPair: changes("ec2:DeleteKeyPair"),
  DeleteSecurityGroup: changes("ec2:DeleteSecurityGroup"),
  CreateVpc: makes("ec2:CreateVpc", "network"),
  ModifyVpcAttribute: changes("ec2:ModifyVpcAttribute", "network"),
  CreateInternetGateway: makes("ec2:CreateInternetGateway", "network"),
  AttachInternetGateway: changes("ec2:AttachInternetGateway", "network"),
  CreateSubnet: makes("ec2:CreateSubnet", "network"),
  CreateRouteTable: makes("ec2:CreateRouteTable", "network"),
  CreateRoute: changes("ec2:CreateRoute", "network"),
  AssociateRouteTable: changes("ec2:AssociateRouteTable", "network"),
  DisassociateRouteTable: changes("ec2:DisassociateRouteTable", "network"),
  DeleteRouteTable: changes("ec2:DeleteRouteTable", "network"),
  DeleteSubnet: changes("ec2:DeleteSubnet", "network"),
  DetachInternetGateway: changes("ec2:DetachInternetGateway", "network"),
  DeleteInternetGateway: changes("ec2:DeleteInternetGateway", "network"),
  DeleteVpc: changes("ec2:DeleteVpc", "network")
} as const satisfies Readonly<Record<string, Permission>>

/** What can be called: a word of AWS's own. @category models @since 0.1.0 */
export type OperationName = keyof typeof operations
