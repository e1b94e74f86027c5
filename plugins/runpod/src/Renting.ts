/**
 * Making a pod.
 *
 * @since 0.1.0
 */
import { type Cause, type Failure, isFailure, isMissing } from "@runctl/core/CloudFailure"
import { formatUsd, UsdPerHour } from "@runctl/core/Money"
import { didYouMean } from "@runctl/core/Nearest"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Resource } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import * as Catalogue from "./Catalogue.ts"
import { failures } from "./Failures.ts"
import { type Cloud, withMark } from "./Looking.ts"
import * as Offers from "./Offers.ts"
import { markEnv, toResource } from "./Pods.ts"
import * as Request from "./Request.ts"
import * as Types from "./Types.ts"

const rejected = (message: string) => new ProviderError.Rejected({ message })

const unknownType = (type: string, known: ReadonlyArray<string>) =>
  rejected(
    `RunPod has no "${type}".${didYouMean(type, known)} Types are like 2x-NVIDIA-GeForce-RTX-4090-secure or 4vcpu-cpu5c; without one it is chosen by --gpu, --cpu and --memory`
  )

/** What a name of a type stands for, by the catalogue as it is now. @category queries @since 0.1.0 */
export const chosenBy = Effect.fnUntraced(function* (
  { catalogue }: Pick<Cloud, "catalogue">,
  type: string,
  which: "current" | "shown"
): Effect.fn.Return<Request.Chosen, Cause> {
  const shape = Types.parse(type)
  if (shape === undefined) return yield* unknownType(type, [])
  if (shape._tag === "Cpu") {
    const { value } = yield* catalogue.cpus[which]
    const cpu = value.find(({ id }) => Types.slugOf(id) === shape.slug)
    if (cpu !== undefined) return { _tag: "Cpu", cpu, vcpus: shape.vcpus }
    const known = value.map(({ id }) => Types.nameOf({ ...shape, slug: Types.slugOf(id) }))
    return yield* unknownType(type, known)
  }
  const count = Catalogue.counts.find((each) => each === shape.count)
  if (count === undefined) {
    return yield* rejected(`a pod has ${Catalogue.counts.join(", ")} GPUs, "${type}" wants ${shape.count}`)
  }
  const { value } = yield* catalogue.gpus(shape.cloud, count)[which]
  const gpu = value.find(({ id }) => Types.slugOf(id) === shape.slug)
  if (gpu !== undefined) return { _tag: "Gpu", gpu, count, cloud: shape.cloud }
  const known = value.map(({ id }) => Types.nameOf({ ...shape, slug: Types.slugOf(id) }))
  return yield* unknownType(type, known)
})

/** The network volume that is configured, by its id or name. @category queries @since 0.1.0 */
export const networkVolume = Effect.fnUntraced(function* (
  { catalogue, settings: { networkVolume: wanted } }: Pick<Cloud, "catalogue" | "settings">,
  which: "current" | "shown"
): Effect.fn.Return<Answers.NetworkVolume | undefined, Cause> {
  if (wanted === undefined) return undefined
  const { value } = yield* catalogue.networkVolumes[which]
  const named = value.filter(({ name }) => name === wanted)
  const found = value.find(({ id }) => id === wanted) ?? (named.length === 1 ? named[0] : undefined)
  if (found !== undefined) return found
  const names = value.flatMap(({ id, name }) => [id, ...(typeof name === "string" ? [name] : [])])
  const why = named.length > 1 ? `${named.length} are called that: name one by its id` : "there is none"
  return yield* rejected(
    `providers.runpod.network-volume is "${wanted}", and ${why}.${named.length > 1 ? "" : didYouMean(wanted, names)}`
  )
})

const Template = Schema.Struct({ ports: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String))) })

/** What a template opens: a request of ours would close it. */
const portsOf = Effect.fnUntraced(function* ({ client }: Cloud, image: string | undefined) {
  const template = Request.templateIn(image)
  if (template === undefined) return []
  const body = yield* client
    .call({ method: "GET", path: `/v2/templates/${template}` })
    .pipe(Effect.catchIf(isMissing, () => Effect.fail(rejected(`RunPod has no template "${template}"`))))
  const { ports } = yield* Effect.orElseSucceed(Schema.decodeUnknownEffect(Template)(body), () => ({ ports: [] }))
  return ports ?? []
})

/** Between two looks for a pod that may have been made; together 20 s. **Units**  milliseconds */
const looks = [0, 2_000, 6_000, 12_000] as const

/** The pod of a create whose answer said nothing about it. It has been seen that a 500 had made one. */
const found = Effect.fnUntraced(function* (cloud: Cloud, mark: Ownership.Mark) {
  for (const wait of looks) {
    yield* Effect.sleep(wait)
    const pods = yield* Effect.orElseSucceed(cloud.roll.fresh, () => undefined)
    const pod = pods === undefined ? undefined : withMark(pods.values(), mark)
    if (pod !== undefined) return pod
  }
  return undefined
})

const isUnclear = (cause: Cause): boolean => isFailure(cause) && cause._tag !== "NotSent" && cause._tag !== "Refused"

/** One request, never a second; and where nobody knows what came of it, a look for what it may have made. */
const post = Effect.fnUntraced(function* (cloud: Cloud, body: unknown, mark: Ownership.Mark) {
  return yield* cloud.client.call({ method: "POST", path: "/v2/pods", body }).pipe(
    Effect.flatMap(Answers.podOf),
    Effect.ensuring(cloud.roll.changed),
    Effect.catchIf(isUnclear, (cause) =>
      Effect.flatMap(found(cloud, mark), (pod) => (pod === undefined ? Effect.fail(cause) : Effect.succeed(pod)))
    ),
    Effect.mapError(failures.once)
  )
})

/** What was made is not what was asked for. */
const flawOf = (
  pod: Answers.Pod,
  chosen: Request.Chosen,
  { offer, priceLimit }: CreateRequest,
  disks: Request.Disks
) => {
  if (chosen._tag === "Gpu") {
    const { count, memory, vcpuCount } = pod.gpu ?? {}
    const has = [
      typeof count === "number" && count < chosen.count ? `${count} GPUs` : "",
      typeof vcpuCount === "number" && vcpuCount < offer.vcpus - 1e-9 ? `${vcpuCount} vCPUs` : "",
      // RunPod counts in GB, or in what it calls that.
      typeof memory === "number" && memory < offer.memoryGiB * 0.99 ? `${memory} GB of memory` : ""
    ].filter((each) => each !== "")
    if (has.length > 0) {
      return new ProviderError.OutOfCapacity({
        message: `RunPod gave a pod with only ${has.join(", ")} for ${offer.instanceType}; it was ended again`
      })
    }
  }
  const disk = (disks.container + disks.volume) * Offers.diskUsdPerGbHour.running
  const cost = pod.cost ?? 0
  return priceLimit !== undefined && cost > priceLimit + disk + 0.001
    ? new ProviderError.PriceTooLow({
        message: `the pod costs ${formatUsd(cost)}/h, at most ${formatUsd(priceLimit)}/h wanted; it was ended again`,
        usdPerHour: UsdPerHour.make(cost)
      })
    : undefined
}

/** Ends what must not be kept. Where that fails nobody knows what there is, and it has to be looked for. */
const discard = ({ client, roll }: Cloud, pod: string, reason: ProviderError.Reason) =>
  client.call({ method: "DELETE", path: `/v2/pods/${pod}`, answer: "any" }).pipe(
    Effect.catchIf(isMissing, () => Effect.void),
    Effect.ensuring(roll.changed),
    Effect.mapError(
      () =>
        new ProviderError.OutcomeUnknown({
          message: reason.message.replace("it was ended again", "it could not be ended")
        })
    ),
    Effect.andThen(Effect.fail(reason))
  )

const resourceOf = (pod: Answers.Pod, request: CreateRequest, usdPerHour: number): Effect.Effect<Resource, Failure> => {
  const resource = toResource(
    {
      ...pod,
      name: pod.name ?? Ownership.toName(request.mark),
      env: pod.env ?? markEnv(request.mark, request.offer.region)
    },
    { usdPerHour }
  )
  return resource === undefined
    ? Effect.fail({ _tag: "Strange", message: `the pod ${pod.id} carries another mark than asked for` })
    : Effect.succeed({ ...resource, instanceType: resource.instanceType ?? request.offer.instanceType })
}

/**
 * Rents a pod, or answers with the one that the key has already.
 *
 * **Details**  the price is looked up again when what this process has read of it is older than a minute; a request
 * that cannot be right is refused before it is sent. What was made and is less than asked for, or costs more, is ended.
 * **Errors**   `OutcomeUnknown` when the answer to the one request that rents was lost, and no pod of that name shows.
 *
 * @category commands
 * @since 0.1.0
 */
export const rent = Effect.fn("RunPodRenting.rent")(function* (
  cloud: Cloud,
  request: CreateRequest
): Effect.fn.Return<Resource, Cause> {
  const { settings } = cloud
  const wrong = Request.refusalOf(request)
  if (wrong !== undefined) return yield* Effect.fail(wrong)
  const chosen = yield* chosenBy(cloud, request.offer.instanceType, "current")
  const usdPerHour = Request.usdPerHourOf(chosen) ?? 0
  const existing = withMark((yield* cloud.roll.fresh).values(), request.mark)
  if (existing !== undefined) return yield* resourceOf(existing, request, usdPerHour)
  const refusal = Request.refusalBy(chosen, request)
  if (refusal !== undefined) return yield* Effect.fail(refusal)
  const volume = yield* networkVolume(cloud, "current")
  const disks = Request.disksFor(chosen, request, settings)
  const ports = yield* portsOf(cloud, request.image)
  const body = Request.bodyOf(chosen, request, { disks, networkVolume: volume?.id, ports, settings })

  const pod = yield* post(cloud, body, request.mark)
  const flaw = flawOf(pod, chosen, request, disks)
  if (flaw !== undefined) return yield* discard(cloud, pod.id, flaw)
  yield* cloud.memory.save(pod.id, {
    made: {
      mark: request.mark,
      region: request.offer.region,
      instanceType: request.offer.instanceType,
      usdPerHour: (pod.cost ?? 0) > 0 ? (pod.cost ?? 0) : usdPerHour,
      at: yield* Clock.currentTimeMillis
    }
  })
  const resource = yield* Effect.mapError(resourceOf(pod, request, usdPerHour), failures.once)
  return resource.state._tag === "Unknown" ? { ...resource, state: ResourceState.Starting } : resource
})
