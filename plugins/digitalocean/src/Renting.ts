/**
 * Making a droplet.
 *
 * @since 0.1.0
 */
import type { CloudApi as Client } from "@runctl/core/CloudApi"
import type { Cause, Failure } from "@runctl/core/CloudFailure"
import { didYouMean } from "@runctl/core/Nearest"
import { formatUsd } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Resource } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Answers from "./Answers.ts"
import * as Catalogue from "./Catalogue.ts"
import type { Crowd } from "./Crowd.ts"
import { markOf, tagsFor, toResource } from "./Droplets.ts"
import { failures } from "./Failures.ts"
import type { Keys } from "./Keys.ts"
import type { Memory } from "./Memory.ts"
import * as Pages from "./Pages.ts"

/** What making a droplet takes. @category models @since 0.1.0 */
export interface Cloud {
  readonly client: Client
  readonly catalogue: Catalogue.Lookup
  readonly keys: Keys
  readonly memory: Memory
  readonly crowd: Crowd
}

/**
 * How long what a machine does at boot may be.
 *
 * **Units**  bytes
 *
 * @source https://docs.digitalocean.com/reference/api/ (read 2026-11-20)
 * @category constants
 * @since 0.1.0
 */
export const mostUserData = 65_536

/** How many bytes a text has in UTF-8. @category accessors @since 0.1.0 */
export const bytesIn = (text: string): number => {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
  }
  return bytes
}

/** What is wrong with a request whatever the catalogue says; nothing is asked then. @category decisions @since 0.1.0 */
export const refusalOf = ({
  bootstrap,
  market
}: CreateRequest): ProviderError.UnsupportedCapability | ProviderError.Rejected | undefined => {
  if (market === "spot") {
    return new ProviderError.UnsupportedCapability({ message: "DigitalOcean has no spot market" })
  }
  if (bootstrap.format === "none") return undefined
  const bytes = bytesIn(bootstrap.content)
  if (bytes > mostUserData) {
    return new ProviderError.Rejected({
      message: `what the machine is to do at boot has ${bytes} bytes, DigitalOcean carries ${mostUserData}`
    })
  }
  return bootstrap.content.includes("\0")
    ? new ProviderError.Rejected({ message: "what the machine is to do at boot holds a NUL, which no text may" })
    : undefined
}

/**
 * The image that has the drivers for a size's GPUs.
 *
 * **Details**  the NVIDIA images are named after the H100 and serve all NVIDIA sizes.
 *
 * @source https://docs.digitalocean.com/products/droplets/getting-started/recommended-gpu-setup/ (read 2026-11-20)
 * @category decisions
 * @since 0.1.0
 */
export const imageFor = (size: Answers.Size): string => {
  const count = Catalogue.gpusOf(size)
  if (count === 0) return "ubuntu-24-04-x64"
  if (/^amd/i.test(size.gpu_info?.model ?? "")) return "gpu-amd-base"
  return count === 8 ? "gpu-h100x8-base" : "gpu-h100x1-base"
}

/** A number is the id of an image or snapshot of one's own. */
const imageIn = (image: string): string | number => (/^[1-9]\d{0,14}$/.test(image) ? Number(image) : image)

const refuseBySize = (
  catalogue: Catalogue.Catalogue,
  size: Answers.Size,
  { diskGiB, offer, priceLimit }: CreateRequest
): ProviderError.Reason | undefined => {
  const { price_hourly: price, slug } = size
  const disk = Catalogue.diskOf(size)
  if (priceLimit !== undefined && (price ?? Infinity) > priceLimit) {
    const costs = price === undefined || price === null ? "has no known price" : `costs ${formatUsd(price)}/h`
    return new ProviderError.PriceTooLow({ message: `${slug} ${costs}, at most ${formatUsd(priceLimit)}/h wanted` })
  }
  if (diskGiB !== undefined && diskGiB > disk) {
    return new ProviderError.Rejected({
      message: `${slug} has ${disk} GiB of disk, ${diskGiB} GiB wanted: a droplet's disk comes with its size, choose a larger one`
    })
  }
  return Catalogue.checkRegion(catalogue, size, offer.region)
}

/** The droplet of a key that is there already; of several the one that was made first. */
const existing = ({ client }: Cloud, { mark }: CreateRequest, hasGpus: boolean) =>
  Pages.rows(client, {
    path: "/v2/droplets",
    field: "droplets",
    query: { name: Ownership.toName(mark), type: hasGpus ? "gpus" : "droplets" },
    scope: "droplet:read"
  }).pipe(
    Effect.flatMap((rows) => Effect.forEach(rows, Answers.dropletOf)),
    Effect.map(
      (droplets) =>
        droplets
          .filter((droplet) => {
            const theirs = markOf(droplet)
            return theirs?.key === mark.key && theirs.owner === mark.owner
          })
          .toSorted((left, right) => left.id - right.id)[0]
    )
  )

const bodyOf = (request: CreateRequest, size: Answers.Size, key: number | undefined) => ({
  name: Ownership.toName(request.mark),
  region: request.offer.region,
  size: size.slug,
  image: imageIn(request.image ?? imageFor(size)),
  ssh_keys: key === undefined ? [] : [key],
  tags: tagsFor(request.mark),
  ...(request.bootstrap.format === "none" ? {} : { user_data: request.bootstrap.content }),
  monitoring: false,
  with_droplet_agent: false
})

const says = (cause: Cause, words: RegExp): boolean =>
  cause._tag === "Refused" && cause.status === 422 && words.test(cause.message)

/** What may have been meant by an image that is not there. */
const aboutImage = ({ client }: Cloud, image: string, cause: Cause) =>
  Pages.rows(client, {
    path: "/v2/images",
    field: "images",
    query: { type: "distribution" },
    scope: "image:read"
  }).pipe(
    Effect.flatMap((rows) => Answers.readable(Answers.Image, "an image", rows)),
    Effect.orElseSucceed((): ReadonlyArray<typeof Answers.Image.Type> => []),
    Effect.map((images) => {
      const slugs = images.flatMap(({ slug }) => (typeof slug === "string" ? [slug] : []))
      return new ProviderError.Rejected({
        message: `${"message" in cause ? cause.message : "the image was refused"} (image "${image}").${didYouMean(image, slugs)}`
      })
    })
  )

/** One request, and never a second unless the first was refused for a key that the account does not have. */
const post = Effect.fnUntraced(function* (cloud: Cloud, request: CreateRequest, size: Answers.Size) {
  const { authorizedKey, mark } = request
  const attempt = Effect.gen(function* () {
    const key = authorizedKey === undefined ? undefined : yield* cloud.keys.ensure(mark.owner, authorizedKey)
    return yield* cloud.client
      .call({ method: "POST", path: "/v2/droplets", body: bodyOf(request, size, key), scope: "droplet:create" })
      .pipe(Effect.flatMap(Answers.createdDroplet), Effect.result)
  })
  let made = yield* attempt
  if (authorizedKey !== undefined && Result.isFailure(made) && says(made.failure, /invalid key identifier/i)) {
    yield* cloud.keys.forget(authorizedKey)
    made = yield* attempt
  }
  if (Result.isSuccess(made)) return made.success
  const { failure } = made
  return yield* says(failure, /\bimage\b/i)
    ? Effect.flatMap(aboutImage(cloud, request.image ?? imageFor(size), failure), Effect.fail)
    : Effect.fail(failures.once(failure))
})

/**
 * Rents a droplet, or answers with the one that the key has already.
 *
 * **Details**  the size is looked up again when what this process has read of it is older than a minute; a request that cannot be
 * right is refused before it is sent.
 * **Errors**   `OutcomeUnknown` when the answer to the one request that rents was lost.
 *
 * @category commands
 * @since 0.1.0
 */
export const rent = Effect.fn("DigitalOceanRenting.rent")(function* (
  cloud: Cloud,
  request: CreateRequest
): Effect.fn.Return<Resource, Cause> {
  const wrong = refusalOf(request)
  if (wrong !== undefined) return yield* wrong
  const catalogue = yield* cloud.catalogue.current
  const size = yield* Catalogue.sizeNamed(catalogue, request.offer.instanceType)
  const found = yield* existing(cloud, request, Catalogue.gpusOf(size) > 0)
  const resourceOf = (droplet: Answers.Droplet): Effect.Effect<Resource, Failure> => {
    const named = { ...droplet, name: droplet.name ?? Ownership.toName(request.mark) }
    const resource = toResource(
      { ...named, tags: droplet.tags ?? tagsFor(request.mark), size_slug: droplet.size_slug ?? size.slug },
      { region: request.offer.region, usdPerHour: size.price_hourly ?? 0 }
    )
    return resource === undefined
      ? Effect.fail({ _tag: "Strange", message: `the droplet ${droplet.id} carries another mark than asked for` })
      : Effect.succeed(resource)
  }
  if (found !== undefined) return yield* resourceOf(found)
  const refusal = refuseBySize(catalogue, size, request)
  if (refusal !== undefined) return yield* Effect.fail(refusal)

  const { action, droplet } = yield* post(cloud, request, size)
  yield* cloud.memory.save(droplet.id, {
    made: {
      mark: request.mark,
      region: droplet.region?.slug ?? request.offer.region,
      size: size.slug,
      usdPerHour: size.price_hourly ?? 0,
      at: yield* Clock.currentTimeMillis,
      ...(action === undefined ? {} : { action })
    }
  })
  const resource = yield* Effect.mapError(resourceOf(droplet), failures.once)
  return resource.state._tag === "Unknown" ? { ...resource, state: ResourceState.Starting } : resource
})
