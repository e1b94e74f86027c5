const filters = ["Filter.n.Name", "Filter.n.Value.n"]
const pages = ["MaxResults", "NextToken"]
const tags = ["TagSpecification.n.ResourceType", "TagSpecification.n.Tag.n.Key", "TagSpecification.n.Tag.n.Value"]
const ingress = [
  "GroupId",
  "IpPermissions.n.IpProtocol",
  "IpPermissions.n.FromPort",
  "IpPermissions.n.ToPort",
  "IpPermissions.n.IpRanges.n.CidrIp",
  "IpPermissions.n.IpRanges.n.Description",
  "IpPermissions.n.Ipv6Ranges.n.CidrIpv6",
  "IpPermissions.n.Ipv6Ranges.n.Description"
]

/** Every parameter of every action that is understood here; `n` is a number. All others are not allowed. */
const parameters: Readonly<Record<string, ReadonlyArray<string>>> = {
  DescribeRegions: [],
  DescribeInstanceTypes: pages,
  DescribeInstanceTypeOfferings: ["LocationType", ...pages],
  DescribeSpotPriceHistory: ["StartTime", "ProductDescription.n", ...filters, ...pages],
  DescribeImages: ["ImageId.n"],
  DescribeInstances: ["InstanceId.n", ...filters, ...pages],
  DescribeSpotInstanceRequests: ["SpotInstanceRequestId.n", ...filters, ...pages],
  DescribeTags: [...filters, ...pages],
  DescribeVolumes: [...filters, ...pages],
  DescribeNetworkInterfaces: [...filters, ...pages],
  DescribeKeyPairs: ["KeyName.n", "IncludePublicKey", ...filters],
  DescribeSecurityGroups: ["GroupId.n", ...filters, ...pages],
  DescribeVpcs: ["VpcId.n", ...filters, ...pages],
  DescribeSubnets: ["SubnetId.n", ...filters, ...pages],
  DescribeRouteTables: ["RouteTableId.n", ...filters, ...pages],
  DescribeInternetGateways: ["InternetGatewayId.n", ...filters, ...pages],
  RunInstances: [
    "ImageId",
    "InstanceType",
    "MinCount",
    "MaxCount",
    "ClientToken",
    "KeyName",
    "UserData",
    "DryRun",
    "InstanceInitiatedShutdownBehavior",
    "NetworkInterface.n.DeviceIndex",
    "NetworkInterface.n.SubnetId",
    "NetworkInterface.n.SecurityGroupId.n",
    "NetworkInterface.n.AssociatePublicIpAddress",
    "NetworkInterface.n.DeleteOnTermination",
    "BlockDeviceMapping.n.DeviceName",
    "BlockDeviceMapping.n.Ebs.VolumeSize",
    "BlockDeviceMapping.n.Ebs.VolumeType",
    "BlockDeviceMapping.n.Ebs.DeleteOnTermination",
    "MetadataOptions.HttpEndpoint",
    "MetadataOptions.HttpTokens",
    "MetadataOptions.HttpPutResponseHopLimit",
    "InstanceMarketOptions.MarketType",
    "InstanceMarketOptions.SpotOptions.SpotInstanceType",
    "InstanceMarketOptions.SpotOptions.InstanceInterruptionBehavior",
    ...tags
  ],
  StartInstances: ["InstanceId.n"],
  StopInstances: ["InstanceId.n"],
  TerminateInstances: ["InstanceId.n"],
  CancelSpotInstanceRequests: ["SpotInstanceRequestId.n"],
  ImportKeyPair: ["KeyName", "PublicKeyMaterial", ...tags],
  DeleteKeyPair: ["KeyName"],
  DeleteVolume: ["VolumeId"],
  DeleteNetworkInterface: ["NetworkInterfaceId"],
  CreateSecurityGroup: ["GroupName", "GroupDescription", "VpcId", ...tags],
  AuthorizeSecurityGroupIngress: ingress,
  RevokeSecurityGroupIngress: ingress,
  DeleteSecurityGroup: ["GroupId"],
  CreateVpc: ["CidrBlock", ...tags],
  ModifyVpcAttribute: ["VpcId", "EnableDnsHostnames.Value"],
  CreateSubnet: ["VpcId", "CidrBlock", "AvailabilityZone", ...tags],
  CreateInternetGateway: tags,
  AttachInternetGateway: ["InternetGatewayId", "VpcId"],
  DetachInternetGateway: ["InternetGatewayId", "VpcId"],
  CreateRouteTable: ["VpcId", "ClientToken", ...tags],
  CreateRoute: ["RouteTableId", "DestinationCidrBlock", "GatewayId"],
  AssociateRouteTable: ["RouteTableId", "SubnetId"],
  DisassociateRouteTable: ["AssociationId"],
  DeleteRouteTable: ["RouteTableId"],
  DeleteSubnet: ["SubnetId"],
  DeleteInternetGateway: ["InternetGatewayId"],
  DeleteVpc: ["VpcId"]
}

/** What of a request is not understood. */
export const strangeParameter = (action: string, names: ReadonlyArray<string>): string | undefined => {
  const known = parameters[action]
  if (known === undefined) return `${action} is not emulated`
  const plain = (name: string): string => name.replaceAll(/\.\d+(?=\.|$)/g, ".n")
  const odd = names.find((name) => name !== "Action" && name !== "Version" && !known.includes(plain(name)))
  return odd === undefined ? undefined : `${odd} is no parameter of ${action} that is understood here`
}
