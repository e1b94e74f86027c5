import { type Call, tagsFor } from "./asking.ts"
import { images, onDemandUsd, quotaOf, spotUsd, type Type } from "./catalogue.ts"
import { type Params, Refusal } from "./wire.ts"
import type { Subnet } from "./World.ts"

const none = (type: string, zone: string): string =>
  `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${zone}). Our system will be working on provisioning additional capacity.`

/** What of a launch is not as EC2 takes it, before anything is looked up. */
const checkShape = (params: Params): void => {
  if (params.list("NetworkInterface").length > 0 && params.get("SubnetId") !== undefined) {
    throw new Refusal(
      "InvalidParameterCombination",
      "Network interfaces and an instance-level subnet ID may not be specified on the same request"
    )
  }
  const [least, most] = [params.number("MinCount"), params.number("MaxCount")]
  if (least === undefined || most === undefined || least < 1 || most < least) {
    throw new Refusal("InvalidParameterValue", "Invalid value for MinCount or MaxCount")
  }
  const kinds = params.list("TagSpecification").map((each) => each.get("ResourceType"))
  const isSpot = params.get("InstanceMarketOptions.MarketType") === "spot"
  if (kinds.includes("spot-instances-request") && !isSpot) {
    throw new Refusal("InvalidParameterCombination", "spot-instances-request tags need a spot request")
  }
  if (Object.keys(tagsFor(params, "instance")).some((key) => key.startsWith("aws:"))) {
    throw new Refusal("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
  }
}

const userDataOf = (params: Params): string => {
  const encoded = params.get("UserData") ?? ""
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) || encoded.length % 4 !== 0) {
    throw new Refusal("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
  }
  const bytes = atob(encoded)
  if (bytes.length > 16_384) throw new Refusal("InvalidUserData.Malformed", "User data is limited to 16384 bytes")
  return new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)))
}

/** What is to be launched, once everything about it is right. */
export interface Wanted {
  readonly type: Type
  readonly subnet: Subnet
  readonly isSpot: boolean
  readonly groups: ReadonlyArray<string>
  readonly usdPerHour: number
  readonly diskGiB: number
  readonly diskType: string
  readonly userData: string
}

const subnetOf = ({ params, region, world }: Call): Subnet => {
  const id = params.list("NetworkInterface")[0]?.get("SubnetId") ?? params.get("SubnetId")
  if (id === undefined) {
    const found = [...world.subnets.values()].find((each) => each.region === region && each.isDefault)
    if (found !== undefined) return found
    throw new Refusal("VPCIdNotSpecified", "No default VPC for this user")
  }
  const subnet = world.subnets.get(id)
  if (subnet === undefined || subnet.region !== region) {
    throw new Refusal("InvalidSubnetID.NotFound", `The subnet ID '${id}' does not exist`)
  }
  return subnet
}

const groupsOf = ({ params, region, world }: Call, vpcId: string): ReadonlyArray<string> => {
  const ids = params.list("NetworkInterface")[0]?.texts("SecurityGroupId") ?? params.texts("SecurityGroupId")
  for (const id of ids) {
    const group = world.groups.get(id)
    if (group === undefined || group.region !== region) {
      throw new Refusal("InvalidGroup.NotFound", `The security group '${id}' does not exist`)
    }
    if (group.vpcId !== vpcId) {
      throw new Refusal("InvalidParameter", `Security group ${id} and the subnet belong to different networks.`)
    }
  }
  return ids
}

const diskOf = (params: Params, imageId: string): { readonly diskGiB: number; readonly diskType: string } => {
  const image = images.find(({ id }) => id === imageId)
  const mapping = params.list("BlockDeviceMapping").find((each) => each.get("DeviceName") === image?.rootDevice)
  const least = image?.rootGiB ?? 8
  const diskGiB = mapping?.number("Ebs.VolumeSize") ?? least
  if (diskGiB < least) {
    throw new Refusal(
      "InvalidBlockDeviceMapping",
      `Volume of size ${diskGiB}GB is smaller than snapshot '${imageId}', expect size >= ${least}GB`
    )
  }
  return { diskGiB, diskType: mapping?.get("Ebs.VolumeType") ?? "gp2" }
}

const checkQuota = ({ now, region, world }: Call, type: Type, isSpot: boolean): void => {
  const code = quotaOf(type.name, isSpot)
  const used = [...world.instances.values()]
    .filter((each) => each.region === region && each.isSpot === isSpot && quotaOf(each.type.name, isSpot) === code)
    .filter((each) => ["pending", "running"].includes(world.stateOf(each, now)))
    .reduce((sum, each) => sum + each.type.vcpus, 0)
  const limit = world.quotas.get(code) ?? 1000
  if (used + type.vcpus <= limit) return
  if (isSpot) throw new Refusal("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
  throw new Refusal(
    "VcpuLimitExceeded",
    `You have requested more vCPU capacity than your current vCPU limit of ${limit} allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.`
  )
}

const priceOf = ({ region, world }: Call, type: Type, zone: string, isSpot: boolean): number => {
  const set = world.prices.get(isSpot ? `${type.name} ${zone} spot` : `${type.name} ${region}`)
  const usd = set ?? (isSpot ? spotUsd(type, region, zone.slice(-1)) : onDemandUsd(type, region))
  if (usd === undefined) {
    throw new Refusal(
      "Unsupported",
      "The requested configuration is currently not supported. Please check the documentation for supported configurations."
    )
  }
  return usd
}

export const wantedBy = (call: Call, capacityWords: string | undefined): Wanted => {
  const { params, world } = call
  checkShape(params)
  const type = world.typeNamed(params.need("InstanceType"))
  const imageId = params.need("ImageId")
  const image = images.find(({ id }) => id === imageId)
  if (image === undefined) {
    throw new Refusal("InvalidAMIID.NotFound", `The image id '[${imageId}]' does not exist`)
  }
  if (image.arch !== type.arch) {
    throw new Refusal(
      "InvalidParameterValue",
      `The architecture '${type.arch}' of the specified instance type does not match the architecture '${image.arch}' of the specified AMI.`
    )
  }
  const key = params.get("KeyName")
  if (key !== undefined && ![...world.keys.values()].some((each) => each.region === call.region && each.name === key)) {
    throw new Refusal("InvalidKeyPair.NotFound", `The key pair '${key}' does not exist`)
  }
  const userData = userDataOf(params)
  const subnet = subnetOf(call)
  const groups = groupsOf(call, subnet.vpcId)
  const isSpot = params.get("InstanceMarketOptions.MarketType") === "spot"
  const disk = diskOf(params, imageId)
  const usdPerHour = priceOf(call, type, subnet.zone, isSpot)
  if (params.flag("DryRun")) {
    throw new Refusal("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
  }
  if (!type.zones.includes(subnet.zone.slice(-1))) {
    throw new Refusal(
      "Unsupported",
      `Your requested instance type (${type.name}) is not supported in your requested Availability Zone (${subnet.zone}).`
    )
  }
  checkQuota(call, type, isSpot)
  const market = isSpot ? "spot" : "on-demand"
  const isLacking = world.lacks.some(
    (lack) =>
      (lack.type ?? type.name) === type.name &&
      (lack.zone ?? subnet.zone) === subnet.zone &&
      (lack.market ?? market) === market
  )
  if (isLacking || capacityWords !== undefined) {
    throw new Refusal("InsufficientInstanceCapacity", capacityWords || none(type.name, subnet.zone), 500)
  }
  return { type, subnet, isSpot, groups, usdPerHour, userData, ...disk }
}
