/**
 * Who reaches machines: SSH from the caller's address, and nothing else.
 *
 * @since 0.1.0
 */
import type { OwnerId } from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import type { Aws } from "./AwsClient.ts"
import * as Calls from "./internal/calls.ts"
import { type Cause, hasCode, isMissing } from "./Failures.ts"
import * as Lists from "./internal/lists.ts"
import { ownerTag, sharedName, sharedTags, specification } from "./Marks.ts"
import { addressServiceOf, type Settings } from "./Settings.ts"
import type { Store } from "./Store.ts"

/** An address that was looked up this long ago is still the caller's. **Units**  milliseconds */
const addressLives = 20_000

/** A machine that is asked for again so soon was not reached. **Units**  milliseconds */
const soon = 60_000

/** Rules are not looked at more often than this, however often a machine is not reached. **Units**  milliseconds */
const pause = 15_000

const ipv4 = /^(\d{1,3}\.){3}\d{1,3}$/
const ipv6 = /^[0-9a-f]*:[0-9a-f:]+$/i

/** An address as the range of itself; nothing for what is none. @category conversions @since 0.1.0 */
export const rangeOf = (text: string): string | undefined => {
  const address = text.trim()
  if (ipv4.test(address) && address.split(".").every((part) => Number(part) <= 255)) return `${address}/32`
  return ipv6.test(address) ? `${address.toLowerCase()}/128` : undefined
}

/** Ranges of addresses for a rule about SSH. */
const permissionFor = (ranges: ReadonlyArray<string>, description: string) => {
  const isSix = (range: string): boolean => range.includes(":")
  return {
    IpProtocol: "tcp",
    FromPort: 22,
    ToPort: 22,
    ...(ranges.some((range) => !isSix(range))
      ? {
          IpRanges: ranges.filter((range) => !isSix(range)).map((CidrIp) => ({ CidrIp, Description: description }))
        }
      : {}),
    ...(ranges.some(isSix)
      ? { Ipv6Ranges: ranges.filter(isSix).map((CidrIpv6) => ({ CidrIpv6, Description: description })) }
      : {})
  }
}

/** What a group lets in under a description. @category accessors @since 0.1.0 */
export const rangesUnder = (
  { IpPermissions: rules }: Answers.SecurityGroup,
  description: string
): ReadonlyArray<string> =>
  (rules ?? [])
    .filter(({ FromPort, IpProtocol, ToPort }) => IpProtocol === "tcp" && FromPort === 22 && ToPort === 22)
    .flatMap(({ IpRanges, Ipv6Ranges }) => [...(IpRanges ?? []), ...(Ipv6Ranges ?? [])])
    .filter(({ Description }) => Description === description)
    .flatMap(({ CidrIp, CidrIpv6 }) => [CidrIp ?? CidrIpv6 ?? ""].filter((range) => range !== ""))

/** Security groups of ours. @category models @since 0.1.0 */
export interface Firewall {
  /** The owner's group in a network, with the caller let in. */
  readonly ensure: (region: string, owner: OwnerId, vpcId: string) => Effect.Effect<string, Cause>
  /** Lets the caller in to a machine's own group where it has moved to another address, and its old one out. */
  readonly follow: (region: string, instanceId: string, groups: Groups) => Effect.Effect<void, Cause>
}

/** The names and ids of the groups that a machine is in, looked up when they are needed. @category models @since 0.1.0 */
export type Groups = Effect.Effect<ReadonlyArray<string>, Cause>

/** A group that was just made may not show at once. */
const appearing = Schedule.spaced("2 seconds").pipe(Schedule.upTo({ times: 10 }))

/** Looks at nothing before it is asked to. @category constructors @since 0.1.0 */
export const make = (options: {
  readonly aws: Aws
  readonly store: Store
  readonly http: HttpClient.HttpClient
  readonly settings: Settings
}): Firewall => {
  const { aws, http, settings, store } = options
  let caller: { readonly at: number; readonly range: string } | undefined
  const asked = new Map<string, number>()
  const followed = new Map<string, { readonly at: number; readonly ranges: string }>()

  const service = addressServiceOf(settings)
  const told =
    service === undefined ? Effect.succeed("127.0.0.1") : Effect.flatMap(http.get(service), ({ text }) => text)
  const askAddress = told.pipe(
    Effect.timeout("20 seconds"),
    Effect.map(rangeOf),
    Effect.orElseSucceed(() => undefined),
    Effect.flatMap((range) =>
      range === undefined
        ? Effect.fail(
            new ProviderError.Unavailable({
              message: `${service ?? "nobody"} does not say what this computer's address is: set providers.aws.ssh-from to the addresses that may reach machines`
            })
          )
        : Effect.succeed(range)
    )
  )

  const wanted: Effect.Effect<ReadonlyArray<string>, Cause> = Effect.gen(function* () {
    if (settings.sshFrom !== "auto") return settings.sshFrom
    const now = yield* Clock.currentTimeMillis
    if (caller === undefined || Math.abs(now - caller.at) > addressLives) caller = { at: now, range: yield* askAddress }
    return [caller.range]
  })

  /** Rules of this installation: others of the same owner have their own. */
  const description = Effect.gen(function* () {
    const known = yield* store.words.find("installation")
    if (known !== undefined) return `runctl ssh ${known}`
    const made = (yield* Random.nextIntBetween(0, 2 ** 31 - 1)).toString(36)
    yield* store.words.save("installation", made)
    return `runctl ssh ${made}`
  })

  const admit = Effect.fnUntraced(function* (region: string, group: Answers.SecurityGroup) {
    const [ranges, ours] = [yield* wanted, yield* description]
    const present = rangesUnder(group, ours)
    const missing = ranges.filter((range) => !present.includes(range))
    const stale = present.filter((range) => !ranges.includes(range))
    if (missing.length > 0) {
      yield* aws
        .call(
          region,
          Calls.authorizeSecurityGroupIngress({
            GroupId: group.GroupId,
            IpPermissions: [permissionFor(missing, ours)]
          })
        )
        // Somebody else's rule lets the same address in.
        .pipe(
          Effect.catchIf(
            (cause) => hasCode(cause, "InvalidPermission.Duplicate"),
            () => Effect.void
          )
        )
    }
    if (stale.length > 0) {
      yield* aws
        .call(
          region,
          Calls.revokeSecurityGroupIngress({ GroupId: group.GroupId, IpPermissions: [permissionFor(stale, ours)] })
        )
        .pipe(Effect.catchIf(isMissing, () => Effect.void))
    }
  })

  const find = (region: string, name: string, vpcId: string) =>
    Effect.map(
      Lists.groups(aws, region, {
        Filters: [
          { Name: "group-name", Values: [name] },
          { Name: "vpc-id", Values: [vpcId] }
        ]
      }),
      ([group]) => group
    )

  const ensure: Firewall["ensure"] = Effect.fnUntraced(function* (region, owner, vpcId) {
    const name = sharedName(owner)
    const found = yield* find(region, name, vpcId)
    if (found !== undefined && Answers.tagsOf(found)[ownerTag] !== owner) {
      return yield* new ProviderError.Rejected({
        message: `${found.GroupId} in ${region} is called ${name} and carries no tag of ours: rename or remove it`
      })
    }
    if (found !== undefined) {
      yield* admit(region, found)
      return found.GroupId
    }
    const created = yield* aws
      .call(
        region,
        Calls.createSecurityGroup({
          GroupName: name,
          Description: "SSH to machines of runctl",
          VpcId: vpcId,
          TagSpecifications: [specification("security-group", sharedTags(owner))]
        })
      )
      .pipe(
        Effect.flatMap(Answers.under("GroupId", Schema.NonEmptyString)),
        Effect.map((GroupId): Answers.SecurityGroup => ({ GroupId })),
        Effect.catchIf(
          (cause) => hasCode(cause, "InvalidGroup.Duplicate"),
          () =>
            find(region, name, vpcId).pipe(
              Effect.flatMap((group) =>
                group === undefined
                  ? Effect.fail<Cause>(new ProviderError.Conflict({ message: `the group ${name} does not show yet` }))
                  : Effect.succeed(group)
              ),
              Effect.retry({ schedule: appearing, while: (cause) => cause._tag === "Conflict" })
            )
        )
      )
    yield* admit(region, created).pipe(
      Effect.retry({ schedule: appearing, while: (cause) => hasCode(cause, "InvalidGroup.NotFound") })
    )
    return created.GroupId
  })

  return {
    ensure,
    follow: Effect.fnUntraced(function* (region, instanceId, groups) {
      const now = yield* Clock.currentTimeMillis
      const before = asked.get(instanceId)
      asked.set(instanceId, now)
      const wasNotReached = before !== undefined && now - before < soon
      const ranges = (yield* wanted).join()
      const last = followed.get(instanceId)
      const isDue = last === undefined || last.ranges !== ranges || (wasNotReached && now - last.at >= pause)
      if (!isDue) return
      const ids = yield* groups
      if (ids.length === 0) return
      const all = yield* Lists.groups(aws, region, { GroupIds: [...ids] })
      const ours = all.filter((group) => ownerTag in Answers.tagsOf(group))
      yield* Effect.forEach(ours, (group) => admit(region, group), { discard: true })
      followed.set(instanceId, { at: now, ranges })
    })
  }
}
