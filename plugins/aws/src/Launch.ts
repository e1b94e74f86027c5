/**
 * What is asked of AWS for one machine.
 *
 * @since 0.1.0
 */
import * as ProviderError from "@runctl/core/ProviderError"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import type * as Ec2 from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Schedule from "effect/Schedule"
import * as Calls from "./internal/calls.ts"
import type { Sources } from "./Catalogue.ts"
import type { Cause } from "./Failures.ts"
import * as Images from "./Images.ts"
import { machineTags, specification, type Tag } from "./Marks.ts"
import type { Settings } from "./Settings.ts"
import type { Shape } from "./Shapes.ts"

/**
 * How long what a machine does at boot may be, before it is encoded.
 *
 * **Units**  bytes
 *
 * @source https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html (read 2026-11-20)
 * @category constants
 * @since 0.1.0
 */
export const mostUserData = 16_384

/** What has room for a system and what training needs. **Units**  GiB */
const usualDisk = 50
const roomBesideImage = 20

/** What was just made shows within seconds. @category constants @since 0.1.0 */
export const appearing: Schedule.Schedule<unknown> = Schedule.spaced("2 seconds").pipe(Schedule.upTo({ times: 20 }))

/** How many bytes a text has in UTF-8. @category accessors @since 0.1.0 */
export const bytesIn = (text: string): number => {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
  }
  return bytes
}

/** What is wrong with a request whatever AWS says; nothing is asked then. @category decisions @since 0.1.0 */
export const refusalOf = ({ bootstrap, image }: CreateRequest): ProviderError.Rejected | undefined => {
  if (image !== undefined && !Images.isImage(image)) {
    return new ProviderError.Rejected({
      message: `"${image}" is no image of AWS: expected an id like ami-0123456789abcdef0, or the name of a parameter of SSM that holds one`
    })
  }
  const bytes = bootstrap.format === "none" ? 0 : bytesIn(bootstrap.content)
  return bytes > mostUserData
    ? new ProviderError.Rejected({
        message: `what the machine is to do at boot has ${bytes} bytes, EC2 carries ${mostUserData}`
      })
    : undefined
}

/**
 * What is the same in whatever pool a machine is asked for.
 *
 * **Units**  disk: GiB
 *
 * @category models
 * @since 0.1.0
 */
export interface Prepared {
  readonly request: CreateRequest
  readonly shape: Shape
  readonly image: Images.Bootable
  readonly diskGiB: number
  readonly diskUsdPerHour: number
  readonly diskType: Settings["diskType"]
}

/** A launch in one pool. @category models @since 0.1.0 */
export interface Plan extends Prepared {
  readonly pool: {
    readonly place: { readonly subnetId: string; readonly zone: string }
    readonly market: "spot" | "on-demand"
    readonly usdPerHour: number
  }
  readonly groupId: string
  readonly keyName: string | undefined
}

/** Looks up the image, and how large and how dear the disk is to be: never smaller than the image. @category queries @since 0.1.0 */
export const prepare = (
  sources: Sources,
  request: CreateRequest,
  shape: Shape,
  usdPerGiBHour: number | undefined
): Effect.Effect<Prepared, Cause> =>
  Effect.map(Images.find(sources, request.offer.region, shape, request.image), (image) => {
    const wanted = request.diskGiB ?? Math.max(usualDisk, image.rootGiB + roomBesideImage)
    const diskGiB = Math.ceil(Math.max(wanted, image.rootGiB))
    return {
      request,
      shape,
      image,
      diskGiB,
      diskUsdPerHour: diskGiB * (usdPerGiBHour ?? 0),
      diskType: sources.settings.diskType
    }
  })

/** The tags of the machine and of all that comes with it. @category conversions @since 0.1.0 */
export const tagsOf = ({ diskUsdPerHour, pool }: Plan, { label, mark }: CreateRequest): Array<Tag> =>
  machineTags(mark, { usdPerHour: pool.usdPerHour, diskUsdPerHour, label })

/** The token that makes a repeated request one machine: of the key, and of what differs between attempts. @category conversions @since 0.1.0 */
export const tokenOf = ({ pool, request }: Pick<Plan, "pool" | "request">): string =>
  `runctl-${request.mark.key}-${pool.place.zone}-${pool.market === "spot" ? "spot" : "od"}`.slice(0, 64)

/** A machine that nobody told anything still lets the owner in as root, as all others do. */
const letIn = "#cloud-config\ndisable_root: false\n"

const userDataOf = ({ authorizedKey, bootstrap }: CreateRequest): string | undefined =>
  bootstrap.format === "none" ? (authorizedKey === undefined ? undefined : letIn) : bootstrap.content

/** What AWS's own types know by name; new types come before new versions of the SDK. */
const isType = (name: string): name is Ec2._InstanceType => /^[a-z0-9-]+\.[a-z0-9-]+$/.test(name)

/**
 * The launch of one machine, tagged from the first moment on.
 *
 * **Details**  only version 2 of the metadata service answers on it; switching it off from inside ends it and its billing.
 *
 * @category conversions
 * @since 0.1.0
 */
export const call = (plan: Plan): Calls.Call => {
  const { diskGiB, diskType, groupId, image, keyName, pool, request, shape } = plan
  const tags = tagsOf(plan, request)
  const userData = userDataOf(request)
  const isSpot = pool.market === "spot"
  return Calls.runInstances({
    ImageId: image.imageId,
    ...(isType(shape.type) ? { InstanceType: shape.type } : {}),
    MinCount: 1,
    MaxCount: 1,
    ClientToken: tokenOf(plan),
    ...(keyName === undefined ? {} : { KeyName: keyName }),
    ...(userData === undefined ? {} : { UserData: Base64.encode(userData) }),
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: pool.place.subnetId,
        Groups: [groupId],
        AssociatePublicIpAddress: true,
        DeleteOnTermination: true
      }
    ],
    BlockDeviceMappings: [
      {
        DeviceName: image.rootDevice,
        Ebs: { VolumeSize: diskGiB, VolumeType: diskType, DeleteOnTermination: true }
      }
    ],
    MetadataOptions: { HttpEndpoint: "enabled", HttpTokens: "required", HttpPutResponseHopLimit: 2 },
    InstanceInitiatedShutdownBehavior: "terminate",
    ...(isSpot
      ? {
          InstanceMarketOptions: {
            MarketType: "spot",
            SpotOptions: { SpotInstanceType: "one-time", InstanceInterruptionBehavior: "terminate" }
          }
        }
      : {}),
    TagSpecifications: [
      specification("instance", tags),
      specification("volume", tags),
      specification("network-interface", tags),
      ...(isSpot ? [specification("spot-instances-request", tags)] : [])
    ]
  })
}
