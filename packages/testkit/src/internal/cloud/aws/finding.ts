import type { Call } from "./asking.ts"
import { Refusal } from "./wire.ts"
import type { Tagged } from "./World.ts"

export const inRegion = <A extends Tagged>({ region }: Call, all: ReadonlyMap<string, A>): ReadonlyArray<A> =>
  [...all.values()].filter((each) => each.region === region)

export const one = <A extends Tagged>(call: Call, all: ReadonlyMap<string, A>, name: string, code: string): A => {
  const id = call.params.need(name)
  const found = all.get(id)
  if (found === undefined || found.region !== call.region) throw new Refusal(code, `The ID '${id}' does not exist`)
  return found
}

export const codes = {
  group: "InvalidGroup.NotFound",
  vpc: "InvalidVpcID.NotFound",
  subnet: "InvalidSubnetID.NotFound",
  table: "InvalidRouteTableID.NotFound",
  gateway: "InvalidInternetGatewayID.NotFound"
} as const

export const held = (id: string) => new Refusal("DependencyViolation", `resource ${id} has a dependent object`)

export const standing = ({ now, world }: Call) => [...world.instances.values()].filter((each) => world.holds(each, now))

export const done = { return: true }
