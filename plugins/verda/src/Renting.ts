/**
 * Making an instance.
 *
 * @since 0.1.0
 */
import type { Cause } from "@runctl/core/CloudFailure"
import { formatUsd, UsdPerHour } from "@runctl/core/Money"
import { didYouMean } from "@runctl/core/Nearest"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { type Resource, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Answers from "./Answers.ts"
import * as Catalogue from "./Catalogue.ts"
import type { Cloud } from "./Cloud.ts"
import { failures } from "./Failures.ts"
import { markOf, provider, tagsFor } from "./Instances.ts"
import * as Looking from "./Looking.ts"
import type { Remembered } from "./Memory.ts"

/**
 * How long a start-up script may be. Verda does not say; more than this nobody has tried.
 *
 * **Units**  bytes
 *
 * @category constants
 * @since 0.1.0
 */
export const mostUserData = 16_384

/** How many bytes a text has in UTF-8. */
const bytesIn = (text: string): number => {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
  }
  return bytes
}

/** What is wrong with a request whatever the catalogue says; nothing is asked then. @category decisions @since 0.1.0 */
export const refusalOf = ({ bootstrap, diskGiB }: CreateRequest): ProviderError.Rejected | undefined => {
  if (diskGiB !== undefined && !Number.isInteger(diskGiB)) {
    return new ProviderError.Rejected({ message: `a disk has whole gigabytes, not ${diskGiB}` })
  }
  if (bootstrap.format === "none") return undefined
  if (bootstrap.format !== "script") {
    return new ProviderError.Rejected({ message: `Verda runs a script at boot, no ${bootstrap.format}` })
  }
  const bytes = bytesIn(bootstrap.content)
  return bytes > mostUserData
    ? new ProviderError.Rejected({
        message: `what the machine is to do at boot has ${bytes} bytes, at most ${mostUserData} are carried to Verda`
      })
    : undefined
}

const numbersIn = (text: string): ReadonlyArray<number> => (text.match(/\d+/g) ?? []).map(Number)

/** Newer is later: by the numbers in a name, one after the other. */
const byAge = (left: string, right: string): number => {
  const [before, after] = [numbersIn(left), numbersIn(right)]
  const at = before.findIndex((number, index) => number !== after[index])
  return at === -1 ? before.length - after.length : (before[at] ?? 0) - (after[at] ?? 0)
}

/**
 * The image that fits a type best: the newest Ubuntu that it takes, for GPUs with CUDA and Docker.
 *
 * @category decisions
 * @since 0.1.0
 */
export const imageFor = (hasGpus: boolean, systems: ReadonlyArray<string>): string | undefined => {
  const ubuntu = systems.filter((system) => system.startsWith("ubuntu-")).toSorted(byAge)
  const kinds = hasGpus
    ? [/-cuda-.*open-docker$/, /-cuda-.*docker$/, /-cuda-/, /^ubuntu-[\d.]+$/]
    : [/^ubuntu-[\d.]+$/, /^ubuntu-/]
  return kinds.map((kind) => ubuntu.findLast((system) => kind.test(system))).find((found) => found !== undefined)
}

/** What can be booted on a type: what the type says, without those for clusters. */
const systemsOf = ({ client }: Cloud, type: Answers.InstanceType) =>
  client.call({ method: "GET", path: "/v1/images", query: { instance_type: type.instance_type } }).pipe(
    Effect.flatMap(Answers.rowsOf("images")),
    Effect.flatMap(Answers.readable(Answers.Image, "an image")),
    Effect.map((images) => images.flatMap(({ image_type: name, is_cluster: is }) => (is === true ? [] : [name]))),
    Effect.orElseSucceed((): ReadonlyArray<string> => []),
    Effect.map((known) => {
      const said = type.supported_os ?? []
      const both = said.filter((system) => known.includes(system))
      return both.length > 0 ? both : known.length > 0 ? known : said
    })
  )

interface Boot {
  readonly image: string
  /** Whether it is a disk that is there already, and brings itself. */
  readonly isDisk: boolean
}

const bootFrom = Effect.fnUntraced(function* (
  cloud: Cloud,
  image: string | undefined,
  type: Answers.InstanceType
): Effect.fn.Return<Boot, Cause> {
  if (image !== undefined) {
    const isDisk =
      Answers.isId(image) &&
      (yield* cloud.client.call({ method: "GET", path: `/v1/volumes/${image}` }).pipe(
        Effect.as(true),
        Effect.orElseSucceed(() => false)
      ))
    return { image, isDisk }
  }
  const best = imageFor(Catalogue.gpusOf(type) > 0, yield* systemsOf(cloud, type))
  return best === undefined
    ? yield* new ProviderError.Rejected({
        message: `Verda names no Ubuntu for ${type.instance_type}: say with --image what it is to boot`
      })
    : { image: best, isDisk: false }
})

interface Parts {
  readonly boot: Boot
  readonly diskGiB: number
  readonly key: string | undefined
  readonly script: string | undefined
  readonly isTagged: boolean
}

const bodyOf = ({ label, market, mark, offer }: CreateRequest, parts: Parts) => {
  const { boot, diskGiB, isTagged, key, script } = parts
  const name = Ownership.toName(mark)
  const isSpot = market === "spot"
  return {
    instance_type: offer.instanceType,
    image: boot.image,
    hostname: name,
    description:
      (label ?? "")
        .replaceAll(/[^ -~]+/g, " ")
        .trim()
        .slice(0, 60) || "rented by runctl",
    location_code: offer.region,
    ssh_key_ids: key === undefined ? [] : [key],
    ...(script === undefined ? {} : { startup_script_id: script }),
    ...(isTagged ? { tags: tagsFor(mark, diskGiB) } : {}),
    // A disk that is left when the machine is taken back would go on billing.
    ...(boot.isDisk ? {} : { os_volume: { name, size: diskGiB, on_spot_discontinue: "delete_permanently" } }),
    is_spot: isSpot,
    contract: isSpot ? "SPOT" : "PAY_AS_YOU_GO"
  }
}

const says = (cause: Cause, words: RegExp): boolean => cause._tag === "Refused" && words.test(cause.message)

/** One request, and a second only when the first was refused for its tags: some servers know none. */
const post = Effect.fnUntraced(function* (cloud: Cloud, request: CreateRequest, parts: Parts) {
  const attempt = (isTagged: boolean) =>
    cloud.client
      .call({ method: "POST", path: "/v1/instances", body: bodyOf(request, { ...parts, isTagged }), answer: "text" })
      .pipe(Effect.flatMap(Answers.idIn), Effect.result)
  const first = yield* attempt(true)
  if (Result.isSuccess(first)) return { result: first, isTagged: true }
  const isAboutTags =
    first.failure._tag === "Refused" && first.failure.status === 400 && says(first.failure, /\btags?\b/i)
  return isAboutTags ? { result: yield* attempt(false), isTagged: false } : { result: first, isTagged: true }
})

/** What was made before the request that rents, for nothing. */
const withdrawn = ({ beside }: Cloud, { script }: Parts): Effect.Effect<void> =>
  script === undefined ? Effect.void : Effect.ignore(beside.removeScript(script))

const aboutImage = ({ boot }: Parts, type: Answers.InstanceType, cause: Cause): Cause =>
  says(cause, /operating system|volume not found/i)
    ? new ProviderError.Rejected({
        message: `${"message" in cause ? cause.message : ""} (image "${boot.image}").${didYouMean(boot.image, type.supported_os ?? [])} ${type.instance_type} takes ${(type.supported_os ?? []).join(", ")}`
      })
    : cause

/** The instance of a key that is there already; of several the one that was made first. */
const existing = ({ client }: Cloud, { mark }: CreateRequest) =>
  Effect.map(Looking.all(client), (instances) =>
    instances
      .filter((instance) => {
        const theirs = markOf(instance)
        return theirs?.key === mark.key && theirs.owner === mark.owner
      })
      .toSorted((left, right) => (left.created_at ?? "").localeCompare(right.created_at ?? ""))
      .at(0)
  )

const refuseByPrice = (type: Answers.InstanceType, { market, priceLimit }: CreateRequest) => {
  const price = Catalogue.priceOf(type, market)
  if (market === "spot" && price === undefined) {
    return new ProviderError.UnsupportedCapability({ message: `Verda has no spot price for ${type.instance_type}` })
  }
  if (priceLimit === undefined || (price ?? Infinity) <= priceLimit) return undefined
  const costs = price === undefined ? "has no known price" : `costs ${formatUsd(price)}/h`
  return new ProviderError.PriceTooLow({
    message: `${type.instance_type} ${costs}, at most ${formatUsd(priceLimit)}/h wanted`,
    ...(price === undefined ? {} : { usdPerHour: UsdPerHour.make(price) })
  })
}

const madeOf = (
  native: string,
  { at, diskGiB, mark, region, type, usdPerHour }: Remembered,
  isTagged: boolean
): Resource => ({
  id: resourceId(provider, region, native),
  name: Ownership.toName(mark),
  state: ResourceState.Starting,
  instanceType: type,
  launchTime: DateTime.makeUnsafe(at),
  costPerHour: UsdPerHour.make(usdPerHour),
  tags: isTagged ? Object.fromEntries(tagsFor(mark, diskGiB).map(({ key, value }) => [key, value ?? ""])) : {},
  owner: mark.owner,
  key: mark.key,
  deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
})

/**
 * Rents an instance, or answers with the one that the key has already.
 *
 * **Details**  prices and what can be had are looked up again when what this process has read of them is older than a
 * minute. The script is stored before the request that rents, and removed again when that is refused.
 * **Errors**   `OutcomeUnknown` when the answer to the one request that rents was lost.
 *
 * @category commands
 * @since 0.1.0
 */
export const rent = Effect.fn("VerdaRenting.rent")(function* (
  cloud: Cloud,
  request: CreateRequest
): Effect.fn.Return<Resource, Cause> {
  const { authorizedKey, bootstrap, mark, market, offer } = request
  const wrong = refusalOf(request)
  if (wrong !== undefined) return yield* wrong
  const catalogue = yield* cloud.catalogue.current
  const type = yield* Catalogue.typeNamed(catalogue, offer.instanceType)
  const found = yield* existing(cloud, request)
  if (found !== undefined) {
    return yield* Looking.get(cloud, resourceId(provider, found.location ?? offer.region, found.id))
  }
  const refusal =
    refuseByPrice(type, request) ?? Catalogue.checkLocation(catalogue, type.instance_type, offer.region, market)
  if (refusal !== undefined) return yield* Effect.fail(refusal)

  const boot = yield* bootFrom(cloud, request.image, type)
  const diskGiB = boot.isDisk ? 0 : (request.diskGiB ?? Catalogue.usualDiskGiB)
  const key = authorizedKey === undefined ? undefined : yield* cloud.beside.key(mark.owner, authorizedKey)
  const script = bootstrap.format === "none" ? undefined : yield* cloud.beside.script(mark, bootstrap.content)
  const parts = { boot, diskGiB, key, script, isTagged: true }
  const { isTagged, result: made } = yield* post(cloud, request, parts)
  if (Result.isFailure(made)) {
    const reason = failures.once(aboutImage(parts, type, made.failure))
    if (reason._tag !== "OutcomeUnknown") yield* withdrawn(cloud, parts)
    if (authorizedKey !== undefined && says(made.failure, /ssh key/i)) yield* cloud.beside.forgetKey(authorizedKey)
    return yield* Effect.fail(reason)
  }
  const disk = Catalogue.diskUsdPerHour(diskGiB, catalogue.diskUsdPerGiBMonth)
  const remembered: Remembered = {
    mark,
    region: offer.region,
    type: type.instance_type,
    usdPerHour: (Catalogue.priceOf(type, market) ?? 0) + disk,
    diskGiB,
    at: yield* Clock.currentTimeMillis,
    ...(script === undefined ? {} : { script })
  }
  yield* cloud.memory.instances.save(made.success, remembered)
  return madeOf(made.success, remembered, isTagged)
})
