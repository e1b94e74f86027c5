import { type Call, filtered, type Handler, isoTime, page, tagsXml } from "./asking.ts"
import { Refusal, type Xml } from "./wire.ts"
import type { Instance, InstanceState, World } from "./World.ts"

const codes: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80
}

const stateXml = (state: InstanceState): Xml => ({ code: codes[state], name: state })

export const instanceXml = (world: World, instance: Instance, state: InstanceState): Xml => {
  const { groups, id, imageId, keyName, reason, subnetId, type, vpcId, zone } = instance
  const isReached = state === "running"
  return {
    instanceId: id,
    imageId,
    instanceState: stateXml(state),
    privateDnsName: "",
    ...(isReached ? { ipAddress: instance.address } : {}),
    ...(keyName === undefined ? {} : { keyName }),
    amiLaunchIndex: 0,
    instanceType: type.name,
    launchTime: isoTime(instance.createdAt),
    placement: { availabilityZone: zone, groupName: "", tenancy: "default" },
    subnetId: state === "terminated" ? undefined : subnetId,
    vpcId: state === "terminated" ? undefined : vpcId,
    ...(instance.isSpot ? { instanceLifecycle: "spot", spotInstanceRequestId: instance.request } : {}),
    ...(reason === undefined || isReached ? {} : { stateReason: { code: reason.code, message: reason.message } }),
    clientToken: instance.clientToken ?? "",
    groupSet: groups.map((groupId) => ({ groupId, groupName: world.groups.get(groupId)?.name ?? "" })),
    metadataOptions: { httpTokens: instance.requiresToken ? "required" : "optional" },
    tagSet: tagsXml(instance.tags)
  }
}

const seen = ({ now, region, world }: Call): ReadonlyArray<Instance> =>
  [...world.instances.values()].filter((each) => each.region === region && world.isSeen(each, now))

const checkId = (id: string): void => {
  if (!/^i-[0-9a-f]{8}([0-9a-f]{9})?$/.test(id)) {
    throw new Refusal("InvalidInstanceID.Malformed", `Invalid id: "${id}"`)
  }
}

const byIds = (call: Call): ReadonlyArray<Instance> => {
  const all = seen(call)
  return call.params.texts("InstanceId").map((id) => {
    checkId(id)
    const found = all.find((each) => each.id === id)
    if (found === undefined) {
      throw new Refusal("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`)
    }
    return found
  })
}

export const describeInstances: Handler = (call) => {
  const { now, params, world } = call
  const hasIds = params.texts("InstanceId").length > 0
  if (hasIds && params.get("MaxResults") !== undefined) {
    throw new Refusal(
      "InvalidParameterCombination",
      "The parameter instancesSet cannot be used with the parameter maxResults"
    )
  }
  const rows = (hasIds ? byIds(call) : seen(call)).map((instance) => {
    world.stateOf(instance, now)
    return { instance, state: world.shown(instance, now) }
  })
  const fitting = filtered(call, rows, ({ instance }) => instance.tags, {
    "instance-state-name": ({ state }) => [state],
    "instance-id": ({ instance }) => [instance.id],
    "client-token": ({ instance }) => [instance.clientToken],
    "vpc-id": ({ instance }) => [instance.vpcId]
  })
  const { nextToken, rows: shown } = page(call, fitting)
  return {
    reservationSet: shown.map(({ instance, state }) => ({
      reservationId: `r-${instance.id.slice(2)}`,
      ownerId: "123456789012",
      groupSet: [],
      instancesSet: [instanceXml(world, instance, state)]
    })),
    nextToken
  }
}

const change = (
  call: Call,
  what: string,
  act: (instance: Instance, state: InstanceState) => InstanceState
): { readonly [name: string]: Xml } => {
  const { now, world } = call
  const all = byIds(call)
  if (all.length === 0) throw new Refusal("MissingParameter", "The request must contain the parameter InstanceId")
  return {
    instancesSet: all.map((instance) => {
      instance.touched = true
      const before = world.stateOf(instance, now)
      if (world.faults.pendingEvents.take({ method: "POST", path: `/${what}` }) === true) {
        throw new Refusal("IncorrectInstanceState", `The instance '${instance.id}' is busy`)
      }
      const after = act(instance, before)
      return { instanceId: instance.id, currentState: stateXml(after), previousState: stateXml(before) }
    })
  }
}

const wrongState = (id: string, verb: string) =>
  new Refusal("IncorrectInstanceState", `The instance '${id}' is not in a state from which it can be ${verb}.`)

export const terminateInstances =
  (isIgnored: boolean): Handler =>
  (call) =>
    change(call, "TerminateInstances", (instance, state) => {
      if (state === "terminated" || isIgnored) return isIgnored ? "shutting-down" : state
      const message = "Client.UserInitiatedShutdown: User initiated shutdown"
      call.world.end(instance, call.now, { code: "Client.UserInitiatedShutdown", message })
      return "shutting-down"
    })

const noSpot = ({ id, isSpot }: Instance, verb: string): void => {
  if (!isSpot) return
  throw new Refusal(
    "UnsupportedOperation",
    `You can't ${verb} the Spot Instance '${id}' because it is associated with a one-time Spot Instance request.`
  )
}

export const stopInstances =
  (isFailed: boolean): Handler =>
  (call) =>
    change(call, "StopInstances", (instance, state) => {
      noSpot(instance, "stop")
      if (state === "stopped" || state === "stopping") return state
      if (state !== "running") throw wrongState(instance.id, "stopped")
      if (isFailed) return "stopping"
      const { now, world } = call
      world.ceases(instance, now)
      instance.state.set(now, "stopping")
      instance.reason = { code: "Client.UserInitiatedShutdown", message: "User initiated" }
      const seconds = world.options.powerSeconds
      const done = (at: number): void => {
        if (instance.endedAt === undefined) instance.state.set(at, "stopped")
      }
      if (world.hands === undefined) done(now + seconds * 1000)
      else world.tell({ kind: "powerOff", seconds, isWanted: () => instance.endedAt === undefined, done }, instance)
      return "stopping"
    })

export const startInstances =
  (isFailed: boolean): Handler =>
  (call) =>
    change(call, "StartInstances", (instance, state) => {
      noSpot(instance, "start")
      if (state === "running" || state === "pending") return state
      if (state !== "stopped") throw wrongState(instance.id, "started")
      if (isFailed) return "pending"
      const { now, world } = call
      instance.state.set(now, "pending")
      const seconds = world.options.powerSeconds
      if (world.hands === undefined) world.runsFrom(instance, now + seconds * 1000)
      else {
        const isWanted = () => instance.endedAt === undefined
        world.tell({ kind: "powerOn", seconds, isWanted, done: (at) => world.runsFrom(instance, at) }, instance)
      }
      return "pending"
    })

export const describeSpotInstanceRequests: Handler = (call) => {
  const { now, params, region, world } = call
  for (const instance of world.instances.values()) world.stateOf(instance, now)
  const all = [...world.requests.values()].filter((each) => each.region === region)
  const ids = params.texts("SpotInstanceRequestId")
  for (const id of ids) {
    if (!all.some((each) => each.id === id)) {
      throw new Refusal("InvalidSpotInstanceRequestID.NotFound", `The spot instance request ID '${id}' does not exist`)
    }
  }
  const wanted = all.filter(({ id }) => ids.length === 0 || ids.includes(id))
  const fitting = filtered(call, wanted, ({ tags }) => tags, {
    state: ({ state }) => [state],
    "instance-id": ({ instance }) => [instance],
    "status-code": ({ status }) => [status]
  })
  const { nextToken, rows } = page(call, fitting)
  return {
    spotInstanceRequestSet: rows.map(({ id, instance, state, status, tags }) => {
      const machine = world.instances.get(instance)
      const marked = machine?.takenAt !== undefined && machine.endedAt === undefined
      return {
        spotInstanceRequestId: id,
        state,
        status: { code: marked ? "marked-for-termination" : status, message: "as the code says" },
        instanceId: instance,
        type: "one-time",
        tagSet: tagsXml(tags)
      }
    }),
    nextToken
  }
}

/** Cancelling ends the request, not the instance. */
export const cancelSpotInstanceRequests: Handler = ({ params, region, world }) => ({
  spotInstanceRequestSet: params.texts("SpotInstanceRequestId").map((id) => {
    const request = world.requests.get(id)
    if (request === undefined || request.region !== region) {
      throw new Refusal("InvalidSpotInstanceRequestID.NotFound", `The spot instance request ID '${id}' does not exist`)
    }
    if (request.state === "active") request.status = "request-canceled-and-instance-running"
    if (request.state === "active" || request.state === "open") request.state = "cancelled"
    return { spotInstanceRequestId: id, state: request.state }
  })
})
