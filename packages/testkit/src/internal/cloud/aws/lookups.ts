import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import { type Call, filtered, type Handler, isoTime, named, page, tagsFor, tagsXml } from "./asking.ts"
import { images, onDemandUsd, regions, spotUsd, type Type, types } from "./catalogue.ts"
import { Refusal, type Xml } from "./wire.ts"

const typeXml = ({ arch, classes, gpu, memoryMiB, name, vcpus }: Type): Xml => ({
  instanceType: name,
  currentGeneration: true,
  supportedUsageClasses: classes,
  bareMetal: false,
  processorInfo: { supportedArchitectures: [arch] },
  vCpuInfo: { defaultVCpus: vcpus },
  memoryInfo: { sizeInMiB: memoryMiB },
  ...(gpu === undefined
    ? {}
    : {
        gpuInfo: {
          gpus: [
            {
              name: gpu.name,
              manufacturer: gpu.maker,
              count: gpu.count,
              logicalGpuCount: gpu.logical,
              gpuPartitionSize: gpu.share,
              memoryInfo: { sizeInMiB: gpu.memoryMiB }
            }
          ],
          totalGpuMemoryInMiB: gpu.memoryMiB * gpu.logical
        }
      })
})

const offerings = ({ region }: Call) =>
  types.flatMap((type) => type.zones.split("").map((letter) => ({ type: type.name, zone: `${region}${letter}` })))

/** The price of a day ago is there too: whoever reads only some rows may read old ones. */
const spotRows = ({ now, region, world }: Call) =>
  types.flatMap((type) =>
    type.zones.split("").flatMap((letter) => {
      const zone = `${region}${letter}`
      const usd = world.prices.get(`${type.name} ${zone} spot`) ?? spotUsd(type, region, letter)
      if (usd === undefined) return []
      return [
        { type: type.name, zone, usd: usd * 3, at: now - 86_400_000 },
        { type: type.name, zone, usd, at: now - 60_000 }
      ]
    })
  )

export const priceOnDemand = ({ prices }: Call["world"], type: Type, region: string): number | undefined =>
  prices.get(`${type.name} ${region}`) ?? onDemandUsd(type, region)

const none = () => ({})

export const lookupCalls: Readonly<Record<string, Handler>> = {
  DescribeRegions: () => ({
    regionInfo: Object.entries(regions).map(([regionName, { optIn }]) => ({
      regionName,
      regionEndpoint: `ec2.${regionName}.amazonaws.com`,
      optInStatus: optIn
    }))
  }),
  DescribeInstanceTypes: (call) => {
    const { nextToken, rows } = page(call, types, 100)
    return { instanceTypeSet: rows.map(typeXml), nextToken }
  },
  DescribeInstanceTypeOfferings: (call) => {
    if (call.params.get("LocationType") !== "availability-zone") {
      throw new Refusal("InvalidParameterValue", "only offerings by availability-zone are emulated")
    }
    const { nextToken, rows } = page(call, offerings(call))
    return {
      instanceTypeOfferingSet: rows.map(({ type, zone }) => ({
        instanceType: type,
        locationType: "availability-zone",
        location: zone
      })),
      nextToken
    }
  },
  DescribeSpotPriceHistory: (call) => {
    const all = filtered(call, spotRows(call), none, { "instance-type": ({ type }) => [type] })
    const since = Option.match(DateTime.make(call.params.need("StartTime")), {
      onNone: () => call.now,
      onSome: ({ epochMilliseconds }) => epochMilliseconds
    })
    // From a time on, the price that counted then is there too.
    const young = since > call.now - 3_600_000 ? all.filter(({ at }) => at > call.now - 3_600_000) : all
    const { nextToken, rows } = page(call, young)
    return {
      spotPriceHistorySet: rows.map(({ at, type, usd, zone }) => ({
        instanceType: type,
        productDescription: "Linux/UNIX",
        spotPrice: usd.toFixed(6),
        timestamp: isoTime(at),
        availabilityZone: zone
      })),
      nextToken
    }
  },
  DescribeImages: (call) => {
    const found = named(call, images, "ImageId", "InvalidAMIID.NotFound")
    return {
      imagesSet: found.map(({ arch, id, rootDevice, rootGiB }) => ({
        imageId: id,
        imageState: "available",
        architecture: arch,
        rootDeviceName: rootDevice,
        rootDeviceType: "ebs",
        blockDeviceMapping: [{ deviceName: rootDevice, ebs: { volumeSize: rootGiB, deleteOnTermination: true } }]
      }))
    }
  },
  DescribeKeyPairs: (call) => {
    const { params, region, world } = call
    const all = [...world.keys.values()].filter((each) => each.region === region)
    const names = params.texts("KeyName")
    for (const name of names) {
      if (!all.some((each) => each.name === name)) {
        throw new Refusal("InvalidKeyPair.NotFound", `The key pair '${name}' does not exist`)
      }
    }
    return {
      keySet: filtered(call, all, ({ tags }) => tags, {})
        .filter(({ name }) => names.length === 0 || names.includes(name))
        .map(({ id, name, publicKey, tags }) => ({
          keyPairId: id,
          keyName: name,
          keyType: publicKey.startsWith("ssh-rsa") ? "rsa" : "ed25519",
          // As EC2 tells it: with its name as a comment, and a newline.
          ...(params.flag("IncludePublicKey") ? { publicKey: `${publicKey} ${name}\n` } : {}),
          tagSet: tagsXml(tags)
        }))
    }
  },
  ImportKeyPair: ({ params, region, world }) => {
    const name = params.need("KeyName")
    if ([...world.keys.values()].some((each) => each.region === region && each.name === name)) {
      throw new Refusal("InvalidKeyPair.Duplicate", `The keypair already exists`)
    }
    const publicKey = atob(params.need("PublicKeyMaterial"))
    if (!/^ssh-(ed25519|rsa) [A-Za-z0-9+/=]+( .*)?$/.test(publicKey)) {
      throw new Refusal("InvalidKey.Format", "Key is not in valid OpenSSH public key format")
    }
    const id = world.id("key")
    const tags = tagsFor(params, "key-pair")
    const [kind = "", data = ""] = publicKey.split(" ")
    world.keys.set(id, { id, kind: "key-pair", region, tags, name, publicKey: `${kind} ${data}` })
    return { keyName: name, keyPairId: id, keyFingerprint: "none", tagSet: tagsXml(tags) }
  },
  /** Succeeds whether it is there or not. */
  DeleteKeyPair: ({ params, region, world }) => {
    const name = params.need("KeyName")
    for (const [id, key] of world.keys) if (key.region === region && key.name === name) world.keys.delete(id)
    return { return: true }
  },
  DescribeTags: (call) => {
    const { now, region, world } = call
    const instances = [...world.instances.values()]
      .filter((each) => each.region === region && world.isSeen(each, now))
      .map(({ id, tags }) => ({ id, kind: "instance", region, tags }))
    const rows = [...instances, ...world.tagged(region)].flatMap(({ id, kind, tags }) =>
      Object.entries(tags).map(([key, value]) => ({ id, kind, key, value }))
    )
    const fitting = filtered(call, rows, none, {
      key: ({ key }) => [key],
      value: ({ value }) => [value],
      "resource-id": ({ id }) => [id],
      "resource-type": ({ kind }) => [kind]
    })
    const { nextToken, rows: shown } = page(call, fitting)
    return {
      tagSet: shown.map(({ id, key, kind, value }) => ({ resourceId: id, resourceType: kind, key, value })),
      nextToken
    }
  },
  DescribeVolumes: (call) => {
    const { nextToken, rows } = page(call, partsOf(call, "volume"))
    return {
      volumeSet: rows.map(({ id, instance, tags }) => ({
        volumeId: id,
        status: call.world.instances.get(instance)?.endedAt === undefined ? "in-use" : "available",
        tagSet: tagsXml(tags)
      })),
      nextToken
    }
  },
  DescribeNetworkInterfaces: (call) => {
    const { nextToken, rows } = page(call, partsOf(call, "network-interface"))
    return {
      networkInterfaceSet: rows.map(({ id, tags }) => ({ networkInterfaceId: id, tagSet: tagsXml(tags) })),
      nextToken
    }
  },
  DeleteVolume: (call) => removePart(call, "VolumeId", "InvalidVolume.NotFound", "VolumeInUse"),
  DeleteNetworkInterface: (call) =>
    removePart(call, "NetworkInterfaceId", "InvalidNetworkInterfaceID.NotFound", "InvalidParameterValue")
}

const partsOf = (call: Call, kind: string) =>
  filtered(
    call,
    [...call.world.parts.values()].filter((each) => each.region === call.region && each.kind === kind),
    ({ tags }) => tags,
    {}
  )

const removePart = ({ params, world }: Call, name: string, missing: string, inUse: string) => {
  const id = params.need(name)
  const part = world.parts.get(id)
  if (part === undefined) throw new Refusal(missing, `The ID '${id}' does not exist`)
  const instance = world.instances.get(part.instance)
  if (instance !== undefined && instance.endedAt === undefined) {
    throw new Refusal(inUse, `${id} is currently attached to ${part.instance}`)
  }
  world.parts.delete(id)
  return { return: true }
}
