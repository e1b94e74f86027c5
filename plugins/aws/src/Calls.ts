/**
 * The calls that there are, each as a value that says which operation it is; the SDK's clients are loaded when one is sent.
 *
 * @since 0.1.0
 */
import type * as Ec2 from "@aws-sdk/client-ec2"
import type * as Pricing from "@aws-sdk/client-pricing"
import type * as Quotas from "@aws-sdk/client-service-quotas"
import type * as Ssm from "@aws-sdk/client-ssm"
import type * as Sts from "@aws-sdk/client-sts"
import type { OperationName } from "./Operations.ts"

/** The services that are asked. @category models @since 0.1.0 */
export type Service = "ec2" | "pricing" | "quotas" | "ssm" | "sts"

/** One client of each service that has been loaded. @category models @since 0.1.0 */
export interface Clients {
  readonly ec2: () => Promise<readonly [typeof Ec2, Ec2.EC2Client]>
  readonly pricing: () => Promise<readonly [typeof Pricing, Pricing.PricingClient]>
  readonly quotas: () => Promise<readonly [typeof Quotas, Quotas.ServiceQuotasClient]>
  readonly ssm: () => Promise<readonly [typeof Ssm, Ssm.SSMClient]>
  readonly sts: () => Promise<readonly [typeof Sts, Sts.STSClient]>
}

/** A call that can be sent. @category models @since 0.1.0 */
export interface Call {
  readonly operation: OperationName
  readonly send: (clients: Clients) => Promise<unknown>
}

const ec2 =
  <I>(operation: OperationName, command: (sdk: typeof Ec2, client: Ec2.EC2Client, input: I) => Promise<unknown>) =>
  (input: I): Call => ({
    operation,
    send: async (clients) => {
      const [sdk, client] = await clients.ec2()
      return command(sdk, client, input)
    }
  })

/** `DescribeRegions`. @category calls @since 0.1.0 */
export const describeRegions = ec2("DescribeRegions", (sdk, client, input: Ec2.DescribeRegionsCommandInput) =>
  client.send(new sdk.DescribeRegionsCommand(input))
)
/** `DescribeInstanceTypes`. @category calls @since 0.1.0 */
export const describeInstanceTypes = ec2("DescribeInstanceTypes", (sdk, client, input: Ec2.DescribeInstanceTypesCommandInput) =>
  client.send(new sdk.DescribeInstanceTypesCommand(input))
)
/** `DescribeInstanceTypeOfferings`. @category calls @since 0.1.0 */
export const describeInstanceTypeOfferings = ec2("DescribeInstanceTypeOfferings", (sdk, client, input: Ec2.DescribeInstanceTypeOfferingsCommandInput) =>
  client.send(new sdk.DescribeInstanceTypeOfferingsCommand(input))
)
/** `DescribeSpotPriceHistory`. @category calls @since 0.1.0 */
export const describeSpotPriceHistory = ec2("DescribeSpotPriceHistory", (sdk, client, input: Ec2.DescribeSpotPriceHistoryCommandInput) =>
  client.send(new sdk.DescribeSpotPriceHistoryCommand(input))
)
/** `DescribeImages`. @category calls @since 0.1.0 */
export const describeImages = ec2("DescribeImages", (sdk, client, input: Ec2.DescribeImagesCommandInput) =>
  client.send(new sdk.DescribeImagesCommand(input))
)
/** `DescribeInstances`. @category calls @since 0.1.0 */
export const describeInstances = ec2("DescribeInstances", (sdk, client, input: Ec2.DescribeInstancesCommandInput) =>
  client.send(new sdk.DescribeInstancesCommand(input))
)
/** `DescribeSpotInstanceRequests`. @category calls @since 0.1.0 */
export const describeSpotInstanceRequests = ec2("DescribeSpotInstanceRequests", (sdk, client, input: Ec2.DescribeSpotInstanceRequestsCommandInput) =>
  client.send(new sdk.DescribeSpotInstanceRequestsCommand(input))
)
/** `DescribeTags`. @category calls @since 0.1.0 */
export const describeTags = ec2("DescribeTags", (sdk, client, input: Ec2.DescribeTagsCommandInput) =>
  client.send(new sdk.DescribeTagsCommand(input))
)
/** `DescribeVolumes`. @category calls @since 0.1.0 */
export const describeVolumes = ec2("DescribeVolumes", (sdk, client, input: Ec2.DescribeVolumesCommandInput) =>
  client.send(new sdk.DescribeVolumesCommand(input))
)
/** `DescribeNetworkInterfaces`. @category calls @since 0.1.0 */
export const describeNetworkInterfaces = ec2("DescribeNetworkInterfaces", (sdk, client, input: Ec2.DescribeNetworkInterfacesCommandInput) =>
  client.send(new sdk.DescribeNetworkInterfacesCommand(input))
)
/** `DescribeKeyPairs`. @category calls @since 0.1.0 */
export const describeKeyPairs = ec2("DescribeKeyPairs", (sdk, client, input: Ec2.DescribeKeyPairsCommandInput) =>
  client.send(new sdk.DescribeKeyPairsCommand(input))
)
/** `DescribeSecurityGroups`. @category calls @since 0.1.0 */
export const describeSecurityGroups = ec2("DescribeSecurityGroups", (sdk, client, input: Ec2.DescribeSecurityGroupsCommandInput) =>
  client.send(new sdk.DescribeSecurityGroupsCommand(input))
)
/** `DescribeVpcs`. @category calls @since 0.1.0 */
export const describeVpcs = ec2("DescribeVpcs", (sdk, client, input: Ec2.DescribeVpcsCommandInput) =>
  client.send(new sdk.DescribeVpcsCommand(input))
)
/** `DescribeSubnets`. @category calls @since 0.1.0 */
export const describeSubnets = ec2("DescribeSubnets", (sdk, client, input: Ec2.DescribeSubnetsCommandInput) =>
  client.send(new sdk.DescribeSubnetsCommand(input))
)
/** `DescribeRouteTables`. @category calls @since 0.1.0 */
export const describeRouteTables = ec2("DescribeRouteTables", (sdk, client, input: Ec2.DescribeRouteTablesCommandInput) =>
  client.send(new sdk.DescribeRouteTablesCommand(input))
)
/** `DescribeInternetGateways`. @category calls @since 0.1.0 */
export const describeInternetGateways = ec2("DescribeInternetGateways", (sdk, client, input: Ec2.DescribeInternetGatewaysCommandInput) =>
  client.send(new sdk.DescribeInternetGatewaysCommand(input))
)
/** `RunInstances`. @category calls @since 0.1.0 */
export const runInstances = ec2("RunInstances", (sdk, client, input: Ec2.RunInstancesCommandInput) =>
  client.send(new sdk.RunInstancesCommand(input))
)
/** `ImportKeyPair`. @category calls @since 0.1.0 */
export const importKeyPair = ec2("ImportKeyPair", (sdk, client, input: Ec2.ImportKeyPairCommandInput) =>
  client.send(new sdk.ImportKeyPairCommand(input))
)
/** `CreateSecurityGroup`. @category calls @since 0.1.0 */
export const createSecurityGroup = ec2("CreateSecurityGroup", (sdk, client, input: Ec2.CreateSecurityGroupCommandInput) =>
  client.send(new sdk.CreateSecurityGroupCommand(input))
)
/** `AuthorizeSecurityGroupIngress`. @category calls @since 0.1.0 */
export const authorizeSecurityGroupIngress = ec2("AuthorizeSecurityGroupIngress", (sdk, client, input: Ec2.AuthorizeSecurityGroupIngressCommandInput) =>
  client.send(new sdk.AuthorizeSecurityGroupIngressCommand(input))
)
/** `RevokeSecurityGroupIngress`. @category calls @since 0.1.0 */
export const revokeSecurityGroupIngress = ec2("RevokeSecurityGroupIngress", (sdk, client, input: Ec2.RevokeSecurityGroupIngressCommandInput) =>
  client.send(new sdk.RevokeSecurityGroupIngressCommand(input))
)
/** `StartInstances`. @category calls @since 0.1.0 */
export const startInstances = ec2("StartInstances", (sdk, client, input: Ec2.StartInstancesCommandInput) =>
  client.send(new sdk.StartInstancesCommand(input))
)
/** `StopInstances`. @category calls @since 0.1.0 */
export const stopInstances = ec2("StopInstances", (sdk, client, input: Ec2.StopInstancesCommandInput) =>
  client.send(new sdk.StopInstancesCommand(input))
)
/** `TerminateInstances`. @category calls @since 0.1.0 */
export const terminateInstances = ec2("TerminateInstances", (sdk, client, input: Ec2.TerminateInstancesCommandInput) =>
  client.send(new sdk.TerminateInstancesCommand(input))
)
/** `CancelSpotInstanceRequests`. @category calls @since 0.1.0 */
export const cancelSpotInstanceRequests = ec2("CancelSpotInstanceRequests", (sdk, client, input: Ec2.CancelSpotInstanceRequestsCommandInput) =>
  client.send(new sdk.CancelSpotInstanceRequestsCommand(input))
)
/** `DeleteVolume`. @category calls @since 0.1.0 */
export const deleteVolume = ec2("DeleteVolume", (sdk, client, input: Ec2.DeleteVolumeCommandInput) =>
  client.send(new sdk.DeleteVolumeCommand(input))
)
/** `DeleteNetworkInterface`. @category calls @since 0.1.0 */
export const deleteNetworkInterface = ec2("DeleteNetworkInterface", (sdk, client, input: Ec2.DeleteNetworkInterfaceCommandInput) =>
  client.send(new sdk.DeleteNetworkInterfaceCommand(input))
)
/** `DeleteKeyPair`. @category calls @since 0.1.0 */
export const deleteKeyPair = ec2("DeleteKeyPair", (sdk, client, input: Ec2.DeleteKeyPairCommandInput) =>
  client.send(new sdk.DeleteKeyPairCommand(input))
)
/** `DeleteSecurityGroup`. @category calls @since 0.1.0 */
export const deleteSecurityGroup = ec2("DeleteSecurityGroup", (sdk, client, input: Ec2.DeleteSecurityGroupCommandInput) =>
  client.send(new sdk.DeleteSecurityGroupCommand(input))
)
/** `CreateVpc`. @category calls @since 0.1.0 */
export const createVpc = ec2("CreateVpc", (sdk, client, input: Ec2.CreateVpcCommandInput) =>
  client.send(new sdk.CreateVpcCommand(input))
)
/** `ModifyVpcAttribute`. @category calls @since 0.1.0 */
export const modifyVpcAttribute = ec2("ModifyVpcAttribute", (sdk, client, input: Ec2.ModifyVpcAttributeCommandInput) =>
  client.send(new sdk.ModifyVpcAttributeCommand(input))
)
/** `CreateInternetGateway`. @category calls @since 0.1.0 */
export const createInternetGateway = ec2("CreateInternetGateway", (sdk, client, input: Ec2.CreateInternetGatewayCommandInput) =>
  client.send(new sdk.CreateInternetGatewayCommand(input))
)
/** `AttachInternetGateway`. @category calls @since 0.1.0 */
export const attachInternetGateway = ec2("AttachInternetGateway", (sdk, client, input: Ec2.AttachInternetGatewayCommandInput) =>
  client.send(new sdk.AttachInternetGatewayCommand(input))
)
/** `CreateSubnet`. @category calls @since 0.1.0 */
export const createSubnet = ec2("CreateSubnet", (sdk, client, input: Ec2.CreateSubnetCommandInput) =>
  client.send(new sdk.CreateSubnetCommand(input))
)
/** `CreateRouteTable`. @category calls @since 0.1.0 */
export const createRouteTable = ec2("CreateRouteTable", (sdk, client, input: Ec2.CreateRouteTableCommandInput) =>
  client.send(new sdk.CreateRouteTableCommand(input))
)
/** `CreateRoute`. @category calls @since 0.1.0 */
export const createRoute = ec2("CreateRoute", (sdk, client, input: Ec2.CreateRouteCommandInput) =>
  client.send(new sdk.CreateRouteCommand(input))
)
/** `AssociateRouteTable`. @category calls @since 0.1.0 */
export const associateRouteTable = ec2("AssociateRouteTable", (sdk, client, input: Ec2.AssociateRouteTableCommandInput) =>
  client.send(new sdk.AssociateRouteTableCommand(input))
)
/** `DisassociateRouteTable`. @category calls @since 0.1.0 */
export const disassociateRouteTable = ec2("DisassociateRouteTable", (sdk, client, input: Ec2.DisassociateRouteTableCommandInput) =>
  client.send(new sdk.DisassociateRouteTableCommand(input))
)
/** `DeleteRouteTable`. @category calls @since 0.1.0 */
export const deleteRouteTable = ec2("DeleteRouteTable", (sdk, client, input: Ec2.DeleteRouteTableCommandInput) =>
  client.send(new sdk.DeleteRouteTableCommand(input))
)
/** `DeleteSubnet`. @category calls @since 0.1.0 */
export const deleteSubnet = ec2("DeleteSubnet", (sdk, client, input: Ec2.DeleteSubnetCommandInput) =>
  client.send(new sdk.DeleteSubnetCommand(input))
)
/** `DetachInternetGateway`. @category calls @since 0.1.0 */
export const detachInternetGateway = ec2("DetachInternetGateway", (sdk, client, input: Ec2.DetachInternetGatewayCommandInput) =>
  client.send(new sdk.DetachInternetGatewayCommand(input))
)
/** `DeleteInternetGateway`. @category calls @since 0.1.0 */
export const deleteInternetGateway = ec2("DeleteInternetGateway", (sdk, client, input: Ec2.DeleteInternetGatewayCommandInput) =>
  client.send(new sdk.DeleteInternetGatewayCommand(input))
)
/** `DeleteVpc`. @category calls @since 0.1.0 */
export const deleteVpc = ec2("DeleteVpc", (sdk, client, input: Ec2.DeleteVpcCommandInput) =>
  client.send(new sdk.DeleteVpcCommand(input))
)
/** `GetCallerIdentity`. @category calls @since 0.1.0 */
export const getCallerIdentity = (input: Sts.GetCallerIdentityCommandInput): Call => ({
  operation: "GetCallerIdentity",
  send: async (clients) => {
    const [sdk, client] = await clients.sts()
    return client.send(new sdk.GetCallerIdentityCommand(input))
  }
})
/** `GetProducts`. @category calls @since 0.1.0 */
export const getProducts = (input: Pricing.GetProductsCommandInput): Call => ({
  operation: "GetProducts",
  send: async (clients) => {
    const [sdk, client] = await clients.pricing()
    return client.send(new sdk.GetProductsCommand(input))
  }
})
/** `GetServiceQuota`. @category calls @since 0.1.0 */
export const getServiceQuota = (input: Quotas.GetServiceQuotaCommandInput): Call => ({
  operation: "GetServiceQuota",
  send: async (clients) => {
    const [sdk, client] = await clients.quotas()
    return client.send(new sdk.GetServiceQuotaCommand(input))
  }
})
/** `GetParameter`. @category calls @since 0.1.0 */
export const getParameter = (input: Ssm.GetParameterCommandInput): Call => ({
  operation: "GetParameter",
  send: async (clients) => {
    const [sdk, client] = await clients.ssm()
    return client.send(new sdk.GetParameterCommand(input))
  }
})
