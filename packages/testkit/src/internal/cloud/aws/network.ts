import { filtered, type Handler, named, page, tagsFor, tagsXml } from "./asking.ts"
import { codes, done, held, inRegion, one, standing } from "./finding.ts"
import { groupCalls } from "./groups.ts"
import { gatewayCalls, tableCalls } from "./routes.ts"
import { Refusal, type Xml } from "./wire.ts"
import type { Subnet, Vpc } from "./World.ts"

const vpcXml = ({ cidr, id, isDefault, tags }: Vpc): Xml => ({
  vpcId: id,
  state: "available",
  cidrBlock: cidr,
  isDefault,
  tagSet: tagsXml(tags)
})

const vpcCalls: Readonly<Record<string, Handler>> = {
  DescribeVpcs: (call) => {
    const all = named(call, inRegion(call, call.world.vpcs), "VpcId", codes.vpc)
    const fitting = filtered(call, all, ({ tags }) => tags, {
      "is-default": ({ isDefault }) => [String(isDefault)],
      "vpc-id": ({ id }) => [id]
    })
    const { nextToken, rows } = page(call, fitting)
    return { vpcSet: rows.map(vpcXml), nextToken }
  },
  CreateVpc: (call) => {
    const { params, region, world } = call
    if (inRegion(call, world.vpcs).length >= (world.quotas.get("vpcs") ?? 5)) {
      throw new Refusal("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
    }
    const cidr = params.need("CidrBlock")
    const vpc: Vpc = { id: world.id("vpc"), kind: "vpc", region, tags: tagsFor(params, "vpc"), cidr, isDefault: false }
    world.vpcs.set(vpc.id, vpc)
    world.makeMainTable(region, vpc.id)
    return { vpc: vpcXml(vpc) }
  },
  ModifyVpcAttribute: (call) => {
    one(call, call.world.vpcs, "VpcId", codes.vpc)
    return done
  },
  DeleteVpc: (call) => {
    const { world } = call
    const { id } = one(call, world.vpcs, "VpcId", codes.vpc)
    const inIt = [...world.subnets.values(), ...world.gateways.values(), ...world.groups.values()]
    const tables = [...world.tables.values()].filter(({ isMain }) => !isMain)
    if ([...inIt, ...tables].some(({ vpcId }) => vpcId === id)) {
      throw new Refusal("DependencyViolation", `The vpc '${id}' has dependencies and cannot be deleted.`)
    }
    world.vpcs.delete(id)
    for (const [key, table] of world.tables) if (table.vpcId === id) world.tables.delete(key)
    return done
  }
}

const subnetXml = ({ cidr, id, isDefault, tags, vpcId, zone }: Subnet): Xml => ({
  subnetId: id,
  state: "available",
  vpcId,
  cidrBlock: cidr,
  availableIpAddressCount: 4091,
  availabilityZone: zone,
  defaultForAz: isDefault,
  mapPublicIpOnLaunch: isDefault,
  tagSet: tagsXml(tags)
})

const subnetCalls: Readonly<Record<string, Handler>> = {
  DescribeSubnets: (call) => {
    const all = named(call, inRegion(call, call.world.subnets), "SubnetId", codes.subnet)
    const fitting = filtered(call, all, ({ tags }) => tags, { "vpc-id": ({ vpcId }) => [vpcId] })
    const { nextToken, rows } = page(call, fitting)
    return { subnetSet: rows.map(subnetXml), nextToken }
  },
  CreateSubnet: (call) => {
    const { params, region, world } = call
    const { id: vpcId } = one(call, world.vpcs, "VpcId", codes.vpc)
    const zone = params.need("AvailabilityZone")
    if (!world.zonesOf(region).includes(zone)) {
      throw new Refusal("InvalidParameterValue", `Value (${zone}) for parameter availabilityZone is invalid.`)
    }
    const cidr = params.need("CidrBlock")
    if (inRegion(call, world.subnets).some((each) => each.vpcId === vpcId && each.cidr === cidr)) {
      throw new Refusal("InvalidSubnet.Conflict", `The CIDR '${cidr}' conflicts with another subnet`)
    }
    const id = world.id("subnet")
    const tags = tagsFor(params, "subnet")
    const subnet = { id, kind: "subnet", region, tags, vpcId, zone, cidr, isDefault: false }
    world.subnets.set(id, subnet)
    return { subnet: subnetXml(subnet) }
  },
  DeleteSubnet: (call) => {
    const { id } = one(call, call.world.subnets, "SubnetId", codes.subnet)
    if (standing(call).some(({ subnetId }) => subnetId === id)) throw held(id)
    call.world.subnets.delete(id)
    for (const table of call.world.tables.values()) {
      table.associations = table.associations.filter(({ subnetId }) => subnetId !== id)
    }
    return done
  }
}

export const networkCalls: Readonly<Record<string, Handler>> = {
  ...groupCalls,
  ...vpcCalls,
  ...subnetCalls,
  ...gatewayCalls,
  ...tableCalls
}
