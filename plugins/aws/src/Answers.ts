/**
 * What is read of AWS's answers: little, and nothing that is not needed.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Failure } from "./Failures.ts"

const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))
const text = maybe(Schema.String)
const amount = maybe(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)))
const flag = maybe(Schema.Boolean)

const Tags = maybe(Schema.Array(Schema.Struct({ Key: text, Value: text })))

/** An instance. What has no id is none. @category models @since 0.1.0 */
export const Instance = Schema.Struct({
  InstanceId: Schema.NonEmptyString,
  InstanceType: text,
  InstanceLifecycle: text,
  SpotInstanceRequestId: text,
  PublicIpAddress: text,
  LaunchTime: maybe(Schema.Unknown),
  State: maybe(Schema.Struct({ Name: text })),
  StateReason: maybe(Schema.Struct({ Code: text, Message: text })),
  SecurityGroups: maybe(Schema.Array(Schema.Struct({ GroupId: text, GroupName: text }))),
  Tags
})
export type Instance = typeof Instance.Type

/** What is left of an instance that is not as promised. */
const BareInstance = Schema.Struct({ InstanceId: Schema.NonEmptyString, Tags })

const Reservation = Schema.Struct({ Instances: maybe(Schema.Array(Schema.Unknown)) })

/**
 * A shape of machine.
 *
 * **Units**  memory: MiB · `GpuPartitionSize`: the share of a GPU that one partition has
 *
 * @category models
 * @since 0.1.0
 */
export const InstanceType = Schema.Struct({
  InstanceType: Schema.NonEmptyString,
  SupportedUsageClasses: maybe(Schema.Array(Schema.String)),
  BareMetal: flag,
  VCpuInfo: Schema.Struct({ DefaultVCpus: Schema.Finite }),
  MemoryInfo: Schema.Struct({ SizeInMiB: Schema.Finite }),
  ProcessorInfo: maybe(Schema.Struct({ SupportedArchitectures: maybe(Schema.Array(Schema.String)) })),
  GpuInfo: maybe(
    Schema.Struct({
      Gpus: maybe(
        Schema.Array(
          Schema.Struct({
            Name: text,
            Manufacturer: text,
            Count: amount,
            LogicalGpuCount: amount,
            GpuPartitionSize: amount,
            MemoryInfo: maybe(Schema.Struct({ SizeInMiB: amount }))
          })
        )
      )
    })
  )
})
export type InstanceType = typeof InstanceType.Type

/** Where a type is rented out at all. @category models @since 0.1.0 */
export const Offering = Schema.Struct({ InstanceType: Schema.NonEmptyString, Location: Schema.NonEmptyString })

/** What a spot machine costs in a zone. **Units**  SpotPrice: US dollars per hour @category models @since 0.1.0 */
export const SpotPrice = Schema.Struct({
  InstanceType: Schema.NonEmptyString,
  AvailabilityZone: Schema.NonEmptyString,
  SpotPrice: Schema.NonEmptyString,
  Timestamp: maybe(Schema.Unknown)
})

/** A region of the partition. @category models @since 0.1.0 */
export const Region = Schema.Struct({ RegionName: Schema.NonEmptyString, OptInStatus: text })

/** What machines boot from. **Units**  VolumeSize: GiB @category models @since 0.1.0 */
export const Image = Schema.Struct({
  ImageId: Schema.NonEmptyString,
  RootDeviceName: text,
  Architecture: text,
  State: text,
  BlockDeviceMappings: maybe(
    Schema.Array(Schema.Struct({ DeviceName: text, Ebs: maybe(Schema.Struct({ VolumeSize: amount })) }))
  )
})
export type Image = typeof Image.Type

/** A public parameter. @category models @since 0.1.0 */
export const Parameter = Schema.Struct({ Parameter: Schema.Struct({ Value: Schema.NonEmptyString }) })

/** A registered key. @category models @since 0.1.0 */
export const KeyPair = Schema.Struct({ KeyPairId: text, KeyName: Schema.NonEmptyString, PublicKey: text, Tags })

const Range = Schema.Struct({ CidrIp: text, CidrIpv6: text, Description: text })

/** One rule of a security group. @category models @since 0.1.0 */
export const IngressRule = Schema.Struct({
  IpProtocol: text,
  FromPort: maybe(Schema.Finite),
  ToPort: maybe(Schema.Finite),
  IpRanges: maybe(Schema.Array(Range)),
  Ipv6Ranges: maybe(Schema.Array(Range))
})

/** Who is let in to the machines that are in it. @category models @since 0.1.0 */
export const SecurityGroup = Schema.Struct({
  GroupId: Schema.NonEmptyString,
  GroupName: text,
  VpcId: text,
  IpPermissions: maybe(Schema.Array(IngressRule)),
  Tags
})
export type SecurityGroup = typeof SecurityGroup.Type

/** A network in a region; the default one is there from the beginning. @category models @since 0.1.0 */
export const Vpc = Schema.Struct({ VpcId: Schema.NonEmptyString, IsDefault: flag, State: text, Tags })
/** A part of a network in one zone. @category models @since 0.1.0 */
export const Subnet = Schema.Struct({
  SubnetId: Schema.NonEmptyString,
  VpcId: text,
  AvailabilityZone: Schema.NonEmptyString,
  AvailableIpAddressCount: amount,
  DefaultForAz: flag,
  Tags
})
export type Subnet = typeof Subnet.Type
/** Where the packets of subnets go. @category models @since 0.1.0 */
export const RouteTable = Schema.Struct({
  RouteTableId: Schema.NonEmptyString,
  VpcId: text,
  Associations: maybe(Schema.Array(Schema.Struct({ RouteTableAssociationId: text, SubnetId: text, Main: flag }))),
  Routes: maybe(Schema.Array(Schema.Struct({ DestinationCidrBlock: text, GatewayId: text, State: text }))),
  Tags
})
export type RouteTable = typeof RouteTable.Type
/** The way out of a network. @category models @since 0.1.0 */
export const InternetGateway = Schema.Struct({
  InternetGatewayId: Schema.NonEmptyString,
  Attachments: maybe(Schema.Array(Schema.Struct({ VpcId: text }))),
  Tags
})
/** A tag and what it is on. @category models @since 0.1.0 */
export const TagRow = Schema.Struct({
  ResourceId: Schema.NonEmptyString,
  ResourceType: Schema.NonEmptyString,
  Key: Schema.NonEmptyString,
  Value: text
})
/** A disk, whether a machine has it or not. @category models @since 0.1.0 */
export const Volume = Schema.Struct({ VolumeId: Schema.NonEmptyString, State: text })
/** A card of a machine in a network. @category models @since 0.1.0 */
export const NetworkInterface = Schema.Struct({ NetworkInterfaceId: Schema.NonEmptyString })
/** The request behind a spot machine. @category models @since 0.1.0 */
export const SpotRequest = Schema.Struct({
  SpotInstanceRequestId: Schema.NonEmptyString,
  State: text,
  InstanceId: text,
  Status: maybe(Schema.Struct({ Code: text, Message: text })),
  Tags
})
/** A limit of the account. @category models @since 0.1.0 */
export const Quota = Schema.Struct({ Quota: Schema.Struct({ Value: Schema.Finite, QuotaName: text }) })
/** Whose keys they are, in the account's words. @category models @since 0.1.0 */
export const Identity = Schema.Struct({ Account: text, Arn: text })

const strange = (what: string): Failure => ({ _tag: "Strange", message: `AWS answered without ${what}` })

/** An answer as promised, or a `Strange` failure. @category parsing @since 0.1.0 */
export const read =
  <A>(schema: Schema.ConstraintDecoder<A>, what: string) =>
  (answer: unknown): Effect.Effect<A, Failure> =>
    Effect.mapError(Schema.decodeUnknownEffect(schema)(answer), () => strange(what))

/** What is under a name in an answer. @category parsing @since 0.1.0 */
export const under =
  <A>(field: string, schema: Schema.ConstraintDecoder<A>) =>
  (answer: unknown): Effect.Effect<A, Failure> =>
    read(schema, field)(typeof answer === "object" && answer !== null ? Reflect.get(answer, field) : undefined)

/** Rows that can be read; the others are left out, each with a word in the log. @category parsing @since 0.1.0 */
export const readable = <A>(
  schema: Schema.ConstraintDecoder<A>,
  what: string,
  rows: ReadonlyArray<unknown>
): Effect.Effect<ReadonlyArray<A>> =>
  Effect.map(
    Effect.forEach(rows, (row) =>
      Schema.decodeUnknownEffect(schema)(row).pipe(
        Effect.map((one): ReadonlyArray<A> => [one]),
        Effect.catch((error) => Effect.as(Effect.logDebug(`aws: ${what} is left out: ${error.message}`), [] as const))
      )
    ),
    (all) => all.flat()
  )

/** The instances of reservations, each as much of it as can be read. @category parsing @since 0.1.0 */
export const instancesIn = (reservations: ReadonlyArray<unknown>): Effect.Effect<ReadonlyArray<Instance>, Failure> =>
  Effect.gen(function* () {
    const all = yield* Effect.forEach(reservations, read(Reservation, "a reservation"))
    return yield* Effect.forEach(
      all.flatMap(({ Instances }) => Instances ?? []),
      (row) =>
        Schema.decodeUnknownEffect(Instance)(row).pipe(
          Effect.catch(() => Schema.decodeUnknownEffect(BareInstance)(row)),
          Effect.mapError(() => strange("an instance's id"))
        )
    )
  })

type Tagged = { readonly Tags?: typeof Tags.Type }

/** Tags as names and values. @category accessors @since 0.1.0 */
export const tagsOf = ({ Tags: tags }: Tagged): Readonly<Record<string, string>> =>
  Object.fromEntries((tags ?? []).flatMap(({ Key, Value }) => (typeof Key === "string" ? [[Key, Value ?? ""]] : [])))
