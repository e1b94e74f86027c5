import type * as Ec2 from "@aws-sdk/client-ec2"
import type * as Pricing from "@aws-sdk/client-pricing"
import type * as Quotas from "@aws-sdk/client-service-quotas"
import type * as Ssm from "@aws-sdk/client-ssm"
import type * as Sts from "@aws-sdk/client-sts"
import type { OperationName } from "../Operations.ts"

/** One client of each service that has been loaded. */
export interface Clients {
  readonly ec2: () => Promise<readonly [typeof Ec2, Ec2.EC2Client]>
  readonly pricing: () => Promise<readonly [typeof Pricing, Pricing.PricingClient]>
  readonly quotas: () => Promise<readonly [typeof Quotas, Quotas.ServiceQuotasClient]>
  readonly ssm: () => Promise<readonly [typeof Ssm, Ssm.SSMClient]>
  readonly sts: () => Promise<readonly [typeof Sts, Sts.STSClient]>
}

/** A call that can be sent. */
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

export const describeRegions = ec2("DescribeRegions", (sdk, client, input: Ec2.DescribeRegionsCommandInput) =>
  client.send(new sdk.DescribeRegionsCommand(input))
)
export const describeInstanceTypes = ec2(
  "DescribeInstanceTypes",
  (sdk, client, input: Ec2.DescribeInstanceTypesCommandInput) =>
    client.send(new sdk.DescribeInstanceTypesCommand(input))
)
export const describeInstanceTypeOfferings = ec2(
  "DescribeInstanceTypeOfferings",
  (sdk, client, input: Ec2.DescribeInstanceTypeOfferingsCommandInput) =>
    client.send(new sdk.DescribeInstanceTypeOfferingsCommand(input))
)
export const describeSpotPriceHistory = ec2(
  "DescribeSpotPriceHistory",
  (sdk, client, input: Ec2.DescribeSpotPriceHistoryCommandInput) =>
    client.send(new sdk.DescribeSpotPriceHistoryCommand(input))
)
export const describeImages = ec2("DescribeImages", (sdk, client, input: Ec2.DescribeImagesCommandInput) =>
  client.send(new sdk.DescribeImagesCommand(input))
)
export const describeInstances = ec2("DescribeInstances", (sdk, client, input: Ec2.DescribeInstancesCommandInput) =>
  client.send(new sdk.DescribeInstancesCommand(input))
)
export const describeSpotInstanceRequests = ec2(
  "DescribeSpotInstanceRequests",
  (sdk, client, input: Ec2.DescribeSpotInstanceRequestsCommandInput) =>
    client.send(new sdk.DescribeSpotInstanceRequestsCommand(input))
)
export const describeTags = ec2("DescribeTags", (sdk, client, input: Ec2.DescribeTagsCommandInput) =>
  client.send(new sdk.DescribeTagsCommand(input))
)
export const describeVolumes = ec2("DescribeVolumes", (sdk, client, input: Ec2.DescribeVolumesCommandInput) =>
  client.send(new sdk.DescribeVolumesCommand(input))
)
export const describeNetworkInterfaces = ec2(
  "DescribeNetworkInterfaces",
  (sdk, client, input: Ec2.DescribeNetworkInterfacesCommandInput) =>
    client.send(new sdk.DescribeNetworkInterfacesCommand(input))
)
export const describeKeyPairs = ec2("DescribeKeyPairs", (sdk, client, input: Ec2.DescribeKeyPairsCommandInput) =>
  client.send(new sdk.DescribeKeyPairsCommand(input))
)
export const describeSecurityGroups = ec2(
  "DescribeSecurityGroups",
  (sdk, client, input: Ec2.DescribeSecurityGroupsCommandInput) =>
    client.send(new sdk.DescribeSecurityGroupsCommand(input))
)
export const describeVpcs = ec2("DescribeVpcs", (sdk, client, input: Ec2.DescribeVpcsCommandInput) =>
  client.send(new sdk.DescribeVpcsCommand(input))
)
export const describeSubnets = ec2("DescribeSubnets", (sdk, client, input: Ec2.DescribeSubnetsCommandInput) =>
  client.send(new sdk.DescribeSubnetsCommand(input))
)
export const describeRouteTables = ec2(
  "DescribeRouteTables",
  (sdk, client, input: Ec2.DescribeRouteTablesCommandInput) => client.send(new sdk.DescribeRouteTablesCommand(input))
)
export const describeInternetGateways = ec2(
  "DescribeInternetGateways",
  (sdk, client, input: Ec2.DescribeInternetGatewaysCommandInput) =>
    client.send(new sdk.DescribeInternetGatewaysCommand(input))
)
export const runInstances = ec2("RunInstances", (sdk, client, input: Ec2.RunInstancesCommandInput) =>
  client.send(new sdk.RunInstancesCommand(input))
)
export const importKeyPair = ec2("ImportKeyPair", (sdk, client, input: Ec2.ImportKeyPairCommandInput) =>
  client.send(new sdk.ImportKeyPairCommand(input))
)
export const createSecurityGroup = ec2(
  "CreateSecurityGroup",
  (sdk, client, input: Ec2.CreateSecurityGroupCommandInput) => client.send(new sdk.CreateSecurityGroupCommand(input))
)
export const authorizeSecurityGroupIngress = ec2(
  "AuthorizeSecurityGroupIngress",
  (sdk, client, input: Ec2.AuthorizeSecurityGroupIngressCommandInput) =>
    client.send(new sdk.AuthorizeSecurityGroupIngressCommand(input))
)
export const revokeSecurityGroupIngress = ec2(
  "RevokeSecurityGroupIngress",
  (sdk, client, input: Ec2.RevokeSecurityGroupIngressCommandInput) =>
    client.send(new sdk.RevokeSecurityGroupIngressCommand(input))
)
export const startInstances = ec2("StartInstances", (sdk, client, input: Ec2.StartInstancesCommandInput) =>
  client.send(new sdk.StartInstancesCommand(input))
)
export const stopInstances = ec2("StopInstances", (sdk, client, input: Ec2.StopInstancesCommandInput) =>
  client.send(new sdk.StopInstancesCommand(input))
)
export const terminateInstances = ec2("TerminateInstances", (sdk, client, input: Ec2.TerminateInstancesCommandInput) =>
  client.send(new sdk.TerminateInstancesCommand(input))
)
export const cancelSpotInstanceRequests = ec2(
  "CancelSpotInstanceRequests",
  (sdk, client, input: Ec2.CancelSpotInstanceRequestsCommandInput) =>
    client.send(new sdk.CancelSpotInstanceRequestsCommand(input))
)
export const deleteVolume = ec2("DeleteVolume", (sdk, client, input: Ec2.DeleteVolumeCommandInput) =>
  client.send(new sdk.DeleteVolumeCommand(input))
)
export const deleteNetworkInterface = ec2(
  "DeleteNetworkInterface",
  (sdk, client, input: Ec2.DeleteNetworkInterfaceCommandInput) =>
    client.send(new sdk.DeleteNetworkInterfaceCommand(input))
)
export const deleteKeyPair = ec2("DeleteKeyPair", (sdk, client, input: Ec2.DeleteKeyPairCommandInput) =>
  client.send(new sdk.DeleteKeyPairCommand(input))
)
export const deleteSecurityGroup = ec2(
  "DeleteSecurityGroup",
  (sdk, client, input: Ec2.DeleteSecurityGroupCommandInput) => client.send(new sdk.DeleteSecurityGroupCommand(input))
)
export const createVpc = ec2("CreateVpc", (sdk, client, input: Ec2.CreateVpcCommandInput) =>
  client.send(new sdk.CreateVpcCommand(input))
)
export const modifyVpcAttribute = ec2("ModifyVpcAttribute", (sdk, client, input: Ec2.ModifyVpcAttributeCommandInput) =>
  client.send(new sdk.ModifyVpcAttributeCommand(input))
)
export const createInternetGateway = ec2(
  "CreateInternetGateway",
  (sdk, client, input: Ec2.CreateInternetGatewayCommandInput) =>
    client.send(new sdk.CreateInternetGatewayCommand(input))
)
export const attachInternetGateway = ec2(
  "AttachInternetGateway",
  (sdk, client, input: Ec2.AttachInternetGatewayCommandInput) =>
    client.send(new sdk.AttachInternetGatewayCommand(input))
)
export const createSubnet = ec2("CreateSubnet", (sdk, client, input: Ec2.CreateSubnetCommandInput) =>
  client.send(new sdk.CreateSubnetCommand(input))
)
export const createRouteTable = ec2("CreateRouteTable", (sdk, client, input: Ec2.CreateRouteTableCommandInput) =>
  client.send(new sdk.CreateRouteTableCommand(input))
)
export const createRoute = ec2("CreateRoute", (sdk, client, input: Ec2.CreateRouteCommandInput) =>
  client.send(new sdk.CreateRouteCommand(input))
)
export const associateRouteTable = ec2(
  "AssociateRouteTable",
  (sdk, client, input: Ec2.AssociateRouteTableCommandInput) => client.send(new sdk.AssociateRouteTableCommand(input))
)
export const disassociateRouteTable = ec2(
  "DisassociateRouteTable",
  (sdk, client, input: Ec2.DisassociateRouteTableCommandInput) =>
    client.send(new sdk.DisassociateRouteTableCommand(input))
)
export const deleteRouteTable = ec2("DeleteRouteTable", (sdk, client, input: Ec2.DeleteRouteTableCommandInput) =>
  client.send(new sdk.DeleteRouteTableCommand(input))
)
export const deleteSubnet = ec2("DeleteSubnet", (sdk, client, input: Ec2.DeleteSubnetCommandInput) =>
  client.send(new sdk.DeleteSubnetCommand(input))
)
export const detachInternetGateway = ec2(
  "DetachInternetGateway",
  (sdk, client, input: Ec2.DetachInternetGatewayCommandInput) =>
    client.send(new sdk.DetachInternetGatewayCommand(input))
)
export const deleteInternetGateway = ec2(
  "DeleteInternetGateway",
  (sdk, client, input: Ec2.DeleteInternetGatewayCommandInput) =>
    client.send(new sdk.DeleteInternetGatewayCommand(input))
)
export const deleteVpc = ec2("DeleteVpc", (sdk, client, input: Ec2.DeleteVpcCommandInput) =>
  client.send(new sdk.DeleteVpcCommand(input))
)
export const getCallerIdentity = (input: Sts.GetCallerIdentityCommandInput): Call => ({
  operation: "GetCallerIdentity",
  send: async (clients) => {
    const [sdk, client] = await clients.sts()
    return client.send(new sdk.GetCallerIdentityCommand(input))
  }
})
export const getProducts = (input: Pricing.GetProductsCommandInput): Call => ({
  operation: "GetProducts",
  send: async (clients) => {
    const [sdk, client] = await clients.pricing()
    return client.send(new sdk.GetProductsCommand(input))
  }
})
export const getServiceQuota = (input: Quotas.GetServiceQuotaCommandInput): Call => ({
  operation: "GetServiceQuota",
  send: async (clients) => {
    const [sdk, client] = await clients.quotas()
    return client.send(new sdk.GetServiceQuotaCommand(input))
  }
})
export const getParameter = (input: Ssm.GetParameterCommandInput): Call => ({
  operation: "GetParameter",
  send: async (clients) => {
    const [sdk, client] = await clients.ssm()
    return client.send(new sdk.GetParameterCommand(input))
  }
})
