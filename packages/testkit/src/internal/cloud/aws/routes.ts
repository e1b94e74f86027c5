import { filtered, type Handler, named, page, tagsFor, tagsXml } from "./asking.ts"
import { codes, done, held, inRegion, one, standing } from "./finding.ts"
import { Refusal, type Xml } from "./wire.ts"
import type { Gateway, Table } from "./World.ts"

const gatewayXml = ({ id, tags, vpcId }: Gateway): Xml => ({
  internetGatewayId: id,
  attachmentSet: vpcId === undefined ? [] : [{ vpcId, state: "available" }],
  tagSet: tagsXml(tags)
})

export const gatewayCalls: Readonly<Record<string, Handler>> = {
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
    if (gateway.vpcId !== id)
      throw new Refusal("Gateway.NotAttached", `resource ${gateway.id} is not attached to ${id}`)
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

export const tableCalls: Readonly<Record<string, Handler>> = {
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
      throw new Refusal(
        "InvalidParameterValue",
        `route table ${table.id} and network gateway ${gateway.id} belong to different networks`
      )
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
      throw new Refusal(
        "Resource.AlreadyAssociated",
        `the specified association for subnet ${subnetId} conflicts with an existing association`
      )
    }
    const id = world.id("rtbassoc")
    table.associations = [...table.associations, { id, subnetId }]
    return { associationId: id }
  },
  DisassociateRouteTable: (call) => {
    const id = call.params.need("AssociationId")
    const table = inRegion(call, call.world.tables).find(({ associations }) =>
      associations.some((each) => each.id === id)
    )
    if (table === undefined)
      throw new Refusal("InvalidAssociationID.NotFound", `The association ID '${id}' does not exist`)
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
