import { filtered, type Handler, named, page, tagsFor, tagsXml } from "./asking.ts"
import { codes, done, held, inRegion, one, standing } from "./finding.ts"
import { type Params, Refusal, type Xml } from "./wire.ts"
import type { Group, Rule } from "./World.ts"

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

export const groupCalls: Readonly<Record<string, Handler>> = {
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
