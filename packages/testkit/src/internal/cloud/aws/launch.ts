import { type Call, type Handler, tagsFor } from "./asking.ts"
import type { Type } from "./catalogue.ts"
import { instanceXml } from "./instances.ts"
import { type Wanted, wantedBy } from "./wanted.ts"
import { type Params, Refusal } from "./wire.ts"
import { type Instance, stateFrom, type World } from "./World.ts"

const addParts = (world: World, params: Params, instance: Instance): void => {
  for (const [kind, prefix] of [
    ["volume", "vol"],
    ["network-interface", "eni"]
  ] as const) {
    const id = world.id(prefix)
    const { region, subnetId, vpcId } = instance
    world.parts.set(id, { id, kind, region, tags: tagsFor(params, kind), instance: instance.id, vpcId, subnetId })
  }
}

const asGpus = ({ gpu }: Type) =>
  gpu === undefined || gpu.maker !== "NVIDIA"
    ? undefined
    : { name: gpu.name, count: gpu.logical, memoryMiB: gpu.memoryMiB }

/** Where an instance asks about itself. */
const metadataPath = (id: string): string => `/imds/${id}`

const boot = (world: World, instance: Instance): void => {
  const { bootSeconds } = world.options
  const keys = [...world.keys.values()].filter((key) => key.region === instance.region && key.name === instance.keyName)
  const machine = {
    id: instance.id,
    name: `ip-${instance.address.replaceAll(".", "-")}`,
    address: instance.address,
    port: world.around.port,
    boot: { kind: "userData" as const, text: instance.userData },
    publicKeys: keys.map(({ publicKey }) => publicKey),
    user: "ubuntu",
    gpus: asGpus(instance.type),
    environment: { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${world.around.origin()}${metadataPath(instance.id)}` }
  }
  const isWanted = () => instance.endedAt === undefined
  world.tell(
    { kind: "create", machine, seconds: bootSeconds, isWanted, done: (at) => world.runsFrom(instance, at) },
    instance
  )
}

/** Makes an instance that boots; a failed one ends before it runs. */
const add = (call: Call, wanted: Wanted): Instance => {
  const { now, params, region, world } = call
  const id = world.id("i")
  const request = wanted.isSpot ? world.id("sir") : undefined
  const instance: Instance = {
    id,
    region,
    zone: wanted.subnet.zone,
    type: wanted.type,
    imageId: params.need("ImageId"),
    keyName: params.get("KeyName"),
    subnetId: wanted.subnet.id,
    vpcId: wanted.subnet.vpcId,
    groups: wanted.groups,
    userData: wanted.userData,
    clientToken: params.get("ClientToken"),
    isSpot: wanted.isSpot,
    request,
    diskGiB: wanted.diskGiB,
    diskType: wanted.diskType,
    terminatesOnShutdown: params.get("InstanceInitiatedShutdownBehavior") === "terminate",
    requiresToken: params.get("MetadataOptions.HttpTokens") === "required",
    tags: tagsFor(params, "instance"),
    usdPerHour: wanted.usdPerHour,
    createdAt: now,
    address: world.nextAddress,
    planted: false,
    state: stateFrom(now, "pending"),
    reason: undefined,
    takenAt: undefined,
    rebalance: false,
    runs: [],
    endedAt: undefined,
    touched: false
  }
  world.instances.set(id, instance)
  addParts(world, params, instance)
  if (request !== undefined) {
    const tags = tagsFor(params, "spot-instances-request")
    world.requests.set(request, {
      id: request,
      kind: "spot-instances-request",
      region,
      tags,
      instance: id,
      state: "active",
      status: "fulfilled"
    })
  }
  return instance
}

/** The same token with the same parameters is the same instance; with others it is refused. */
export const runInstances =
  (capacityWords: string | undefined, isFailed: boolean): Handler =>
  (call) => {
    const { now, params, region, world } = call
    const token = params.get("ClientToken")
    const known = token === undefined ? undefined : world.tokens.get(`${region} ${token}`)
    if (known !== undefined && known.text !== params.text) {
      throw new Refusal(
        "IdempotentParameterMismatch",
        "The client token you have provided is associated with a resource that has already been created with different parameters."
      )
    }
    const before = known === undefined ? undefined : world.instances.get(known.id)
    const instance = before ?? add(call, wantedBy(call, capacityWords))
    if (before === undefined) {
      if (token !== undefined) world.tokens.set(`${region} ${token}`, { text: params.text, id: instance.id })
      if (isFailed) {
        world.end(instance, now, {
          code: "Server.InternalError",
          message: "Server.InternalError: Internal error on launch"
        })
      } else if (world.hands !== undefined) boot(world, instance)
      else world.runsFrom(instance, now + world.options.bootSeconds * 1000)
    }
    return {
      reservationId: "r-00000000000000001",
      ownerId: "123456789012",
      groupSet: [],
      instancesSet: [instanceXml(world, instance, "pending")]
    }
  }
