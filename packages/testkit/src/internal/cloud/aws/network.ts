import { type Call, filtered, type Handler, named, page, tagsFor, tagsXml } from "./asking.ts"
import { type Params, Refusal, type Xml } from "./wire.ts"
import type { Gateway, Group, Rule, Subnet, Table, Tagged, Vpc } from "./World.ts"

const inRegion = <A extends Tagged>({ region }: Call, all: ReadonlyMap<string, A>): ReadonlyArray<A> =>
  [...all.values()].filter((each) => each.region === region)

const one = <A extends Tagged>(call: Call, all: ReadonlyMap<string, A>, name: string, code: string): A => {
  const id = call.params.need(name)
  const found = all.get(id)
  if (found === undefined || found.region !== call.region) throw new Refusal(code, `The ID '${id}' does not exist`)
  return found
}

const codes = {
  group: "InvalidGroup.NotFound",
  vpc: "InvalidVpcID.NotFound",
  subnet: "InvalidSubnetID.NotFound",
  table: "InvalidRouteTableID.NotFound",
  gateway: "InvalidInternetGatewayID.NotFound"
} as const

const held = (id: string) => new Refusal("DependencyViolation", `resource ${id} has a dependent object`)

const standing = ({ now, world }: Call) => [...world.instances.values()].filter((each) => world.holds(each, now))

const done = { return: true }

const ruleXml = ({ cidr, description, from, protocol, to }: Rule): Xml => ({
  ipProtocol: protocol,
  fromPort: from,
  toPort: to,
  groups: [],
  ipRanges: cidr.includes(":") ? [] : [{ cidrIp: cidr, description }],
  ipv6Ranges: cidr.includes(":") ? [{ cidrIpv6: cidr, description }] : []
})

const groupXml = ({ id, name, rules, tags, vpcId }: Group): Xml => ({
  ownerId: "123456789012",
  groupId: id,
  groupName: name,
  groupDescription: "a group",
  vpcId,
  ipPermissions: rules.map(ruleXml),
  tagSet: tagsXml(tags)
})

const rulesIn = (params: Params): ReadonlyArray<Rule> =>
  params.list("IpPermissions").flatMap((permission) => {
    const ranges = [
      ...permission.list("IpRanges").map((range) => [range.need("CidrIp"), range.get("Description")] as const),
      ...permission.list("Ipv6Ranges").map((range) => [range.need("CidrIpv6"), range.get("Description")] as const)
    ]
    if (ranges.length === 0) throw new Refusal("MissingParameter", "A permission needs a range")
    return ranges.map(([cidr, description = ""]) => {
      if (!/^(\d+\.\d+\.\d+\.\d+\/\d+|[0-9a-f:]+\/\d+)$/.test(cidr)) {
        throw new Refusal("InvalidParameterValue", `CIDR block ${cidr} is malformed`)
      }
      if (!/^[A-Za-z0-9. _\-:/()#,@[\]+=&;{}!$*]*$/.test(description)) {
        throw new Refusal("InvalidParameterValue", "Invalid rule description.")
      }
      return {
        protocol: permission.need("IpProtocol"),
        from: permission.number("FromPort") ?? -1,
        to: permission.number("ToPort") ?? -1,
        cidr,
        description
      }
    })
  })

/** What a rule lets in, whatever it is called. */
const isSame = (left: Rule, right: Rule): boolean =>
  left.protocol === right.protocol && left.from === right.from && left.to === right.to && left.cidr === right.cidr

const groupCalls: Readonly<Record<string, Handler>> = {
  DescribeSecurityGroups: (call) => {
    const all = named(call, inRegion(call, call.world.groups), "GroupId", codes.group)
    const fitting = filtered(call, all, ({ tags }) => tags, {
      "group-name": ({ name }) => [name],
      "vpc-id": ({ vpcId }) => [vpcId]
    })
    const { nextToken, rows } = page(call, fitting)
    return { securityGroupInfo: rows.map(groupXml), nextToken }
  },
  CreateSecurityGroup: (call) => {
    const { params, region, world } = call
    const { id: vpcId } = one(call, world.vpcs, "VpcId", codes.vpc)
    const name = params.need("GroupName")
    params.need("GroupDescription")
    if (inRegion(call, world.groups).some((each) => each.name === name && each.vpcId === vpcId)) {
      throw new Refusal("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${vpcId}'`)
    }
    const id = world.id("sg")
    const tags = tagsFor(params, "security-group")
    world.groups.set(id, { id, kind: "security-group", region, tags, name, vpcId, rules: [] })
    return { return: true, groupId: id, tagSet: tagsXml(tags) }
  },
  AuthorizeSecurityGroupIngress: (call) => {
    const group = one(call, call.world.groups, "GroupId", codes.group)
    const added = rulesIn(call.params)
    if (added.some((rule) => group.rules.some((each) => isSame(each, rule)))) {
      throw new Refusal("InvalidPermission.Duplicate", "the specified rule already exists")
    }
    group.rules = [...group.rules, ...added]
    return done
  },
  RevokeSecurityGroupIngress: (call) => {
    const group = one(call, call.world.groups, "GroupId", codes.group)
    const removed = rulesIn(call.params)
    if (!removed.every((rule) => group.rules.some((each) => isSame(each, rule)))) {
      throw new Refusal("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
    }
    group.rules = group.rules.filter((each) => !removed.some((rule) => isSame(each, rule)))
    return done
  },
  DeleteSecurityGroup: (call) => {
    const { id } = one(call, call.world.groups, "GroupId", codes.group)
    if (standing(call).some(({ groups }) => groups.includes(id))) throw held(id)
    call.world.groups.delete(id)
    return { return: true, groupId: id }
  }
}

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

const gatewayXml = ({ id, tags, vpcId }: Gateway): Xml => ({
  internetGatewayId: id,
  attachmentSet: vpcId === undefined ? [] : [{ vpcId, state: "available" }],
  tagSet: tagsXml(tags)
})

const gatewayCalls: Readonly<Record<string, Handler>> = {
  DescribeInternetGateways: (call) => {
    const all = named(call, inRegion(call, call.world.gateways), "InternetGatewayId", codes.gateway)
    const fitting = filtered(call, all, ({ tags }) => tags, { "attachment.vpc-id": ({ vpcId }) => [vpcId] })
    const { nextToken, rows } = page(call, fitting)
    return { internetGatewaySet: rows.map(gatewayXml), nextToken }
  },
  CreateInternetGateway: ({ params, region, world }) => {
    const tags = tagsFor(params, "internet-gateway")
    const made: Gateway = { id: world.id("igw"), kind: "internet-gateway", region, tags, vpcId: undefined }
    world.gateways.set(made.id, made)
    return { internetGateway: gatewayXml(made) }
  },
  AttachInternetGateway: (call) => {
    const gateway = one(call, call.world.gateways, "InternetGatewayId", codes.gateway)
    const { id } = one(call, call.world.vpcs, "VpcId", codes.vpc)
    if (gateway.vpcId !== undefined) {
      throw new Refusal("Resource.AlreadyAssociated", `resource ${gateway.id} is already attached`)
    }
    gateway.vpcId = id
    return done
  },
  DetachInternetGateway: (call) => {
    const gateway = one(call, call.world.gateways, "InternetGatewayId", codes.gateway)
    const { id } = one(call, call.world.vpcs, "VpcId", codes.vpc)
    if (gateway.vpcId !== id) throw new Refusal("Gateway.NotAttached", `resource ${gateway.id} is not attached to ${id}`)
    if (standing(call).some(({ vpcId }) => vpcId === id)) {
      throw new Refusal("DependencyViolation", `Network ${id} has some mapped public address(es).`)
    }
    gateway.vpcId = undefined
    return done
  },
  DeleteInternetGateway: (call) => {
    const { id, vpcId } = one(call, call.world.gateways, "InternetGatewayId", codes.gateway)
    if (vpcId !== undefined) throw held(id)
    call.world.gateways.delete(id)
    return done
  }
}

const tableXml = ({ associations, id, isMain, routes, tags, vpcId }: Table): Xml => ({
  routeTableId: id,
  vpcId,
  routeSet: routes.map(({ gateway, to }) => ({ destinationCidrBlock: to, gatewayId: gateway, state: "active" })),
  associationSet: associations.map((each) => ({
    routeTableAssociationId: each.id,
    routeTableId: id,
    subnetId: each.subnetId,
    main: isMain
  })),
  tagSet: tagsXml(tags)
})

const tableCalls: Readonly<Record<string, Handler>> = {
  DescribeRouteTables: (call) => {
    const all = named(call, inRegion(call, call.world.tables), "RouteTableId", codes.table)
    const fitting = filtered(call, all, ({ tags }) => tags, { "vpc-id": ({ vpcId }) => [vpcId] })
    const { nextToken, rows } = page(call, fitting)
    return { routeTableSet: rows.map(tableXml), nextToken }
  },
  CreateRouteTable: (call) => {
    const { params, region, world } = call
    const { id: vpcId } = one(call, world.vpcs, "VpcId", codes.vpc)
    const tags = tagsFor(params, "route-table")
    const id = world.id("rtb")
    const made: Table = { id, kind: "route-table", region, tags, vpcId, isMain: false, routes: [], associations: [] }
    world.tables.set(id, made)
    return { routeTable: tableXml(made) }
  },
  CreateRoute: (call) => {
    const table = one(call, call.world.tables, "RouteTableId", codes.table)
    const gateway = one(call, call.world.gateways, "GatewayId", codes.gateway)
    const to = call.params.need("DestinationCidrBlock")
    if (table.routes.some((route) => route.to === to)) {
      throw new Refusal("RouteAlreadyExists", `The route identified by ${to} already exists.`)
    }
    if (gateway.vpcId !== table.vpcId) {
      throw new Refusal("InvalidParameterValue", `route table ${table.id} and network gateway ${gateway.id} belong to different networks`)
    }
    table.routes = [...table.routes, { to, gateway: gateway.id }]
    return done
  },
  AssociateRouteTable: (call) => {
    const { world } = call
    const table = one(call, world.tables, "RouteTableId", codes.table)
    const { id: subnetId } = one(call, world.subnets, "SubnetId", codes.subnet)
    const isTaken = inRegion(call, world.tables).some(({ associations }) =>
      associations.some((each) => each.subnetId === subnetId)
    )
    if (isTaken) {
      throw new Refusal("Resource.AlreadyAssociated", `the specified association for subnet ${subnetId} conflicts with an existing association`)
    }
    const id = world.id("rtbassoc")
    table.associations = [...table.associations, { id, subnetId }]
    return { associationId: id }
  },
  DisassociateRouteTable: (call) => {
    const id = call.params.need("AssociationId")
    const table = inRegion(call, call.world.tables).find(({ associations }) => associations.some((each) => each.id === id))
    if (table === undefined) throw new Refusal("InvalidAssociationID.NotFound", `The association ID '${id}' does not exist`)
    table.associations = table.associations.filter((each) => each.id !== id)
    return done
  },
  DeleteRouteTable: (call) => {
    const table = one(call, call.world.tables, "RouteTableId", codes.table)
    if (table.isMain || table.associations.length > 0) {
      throw new Refusal("DependencyViolation", `The routeTable '${table.id}' has dependencies and cannot be deleted.`)
    }
    call.world.tables.delete(table.id)
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
