/**
 * Making a machine.
 *
 * @since 0.1.0
 */
import { type Cause, type Failure } from "@runctl/core/CloudFailure"
import { formatUsd } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Resource } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Answers from "./Answers.ts"
import { createPath, failures } from "./Api.ts"
import * as Catalogue from "./Catalogue.ts"
import { type Cloud, pathOf } from "./Looking.ts"
import { toResource } from "./Vms.ts"

const rejected = (message: string) => new ProviderError.Rejected({ message })

/** What is wrong with a request whatever the catalogue says; nothing is asked then. @category decisions @since 0.1.0 */
export const refusalOf = ({
  authorizedKey,
  bootstrap,
  diskGiB,
  image
}: CreateRequest): ProviderError.UnsupportedCapability | ProviderError.Rejected | undefined => {
  if (bootstrap.format !== "none") {
    return new ProviderError.UnsupportedCapability({ message: "Lyceum tells a machine nothing at boot" })
  }
  if (image !== undefined) {
    return rejected(`Lyceum has one image, and none is chosen: leave out the image "${image}"`)
  }
  if (diskGiB !== undefined && diskGiB > Catalogue.leastDisk) {
    return rejected(
      `Lyceum says of a disk only that it has 100 GB (${Catalogue.leastDisk} GiB) or more, ${diskGiB} GiB wanted`
    )
  }
  return authorizedKey === undefined || authorizedKey.trim() === ""
    ? rejected("Lyceum makes no machine without a public key that opens it")
    : undefined
}

const tooDear = ({ market, offer, priceLimit }: CreateRequest, price: number | undefined) => {
  if (priceLimit === undefined || (price !== undefined && price <= priceLimit)) return undefined
  const type = `${offer.instanceType} (${market})`
  return new ProviderError.PriceTooLow({
    message: `${type} ${price === undefined ? "has no known price" : `costs ${formatUsd(price)}/h`}, at most ${formatUsd(priceLimit)}/h wanted`
  })
}

/** Always with its market, which decides pool and price, and with its count where the API looks for it. */
const bodyOf = ({ authorizedKey, market, mark }: CreateRequest, { count, profile }: Catalogue.Shape) => ({
  user_public_key: authorizedKey,
  hardware_profile: profile,
  instance_specs: { gpu_count: count },
  instance_type: market,
  display_name: Ownership.toName(mark)
})

/** A machine that answers to another name could not be found again: it is ended at once. */
const endUnnamed = Effect.fnUntraced(function* (
  { api }: Cloud,
  { display_name: shown, vm_id: id }: Answers.Vm,
  name: string
): Effect.fn.Return<never, Cause> {
  yield* api.call({ method: "DELETE", path: pathOf(id), answer: "any" }).pipe(
    Effect.retry({ schedule: Schedule.exponential("1 second"), times: 4 }),
    Effect.mapError(
      (cause): Cause =>
        new ProviderError.OutcomeUnknown({
          message: `Lyceum calls the VM ${id} "${shown}", not "${name}", and it could not be ended: ${cause.message}. End it at dashboard.lyceum.technology`
        })
    )
  )
  return yield* rejected(
    `Lyceum called the new VM "${shown}", not "${name}": it could not be found again, and was ended`
  )
})

/** One request, and never a second. */
const post = (cloud: Cloud, request: CreateRequest, shape: Catalogue.Shape): Effect.Effect<Answers.Vm, Cause> =>
  cloud.api.call({ method: "POST", path: createPath, body: bodyOf(request, shape) }).pipe(
    Effect.flatMap((body): Effect.Effect<Answers.Vm, Failure> => Answers.vm(body)),
    Effect.mapError((cause): Cause => failures.once(cause))
  )

/**
 * Rents a machine. It is not looked for before: a name proves nothing, and anybody may have taken it.
 *
 * **Details**  prices are read again when what is known of them is older than a minute; a request that cannot be right is
 * refused before it is sent.
 * **Errors**   `OutcomeUnknown` when the answer to the one request that rents was lost; `OutOfCapacity` when there is none.
 *
 * @category commands
 * @since 0.1.0
 */
export const rent = Effect.fn("LyceumRenting.rent")(function* (
  cloud: Cloud,
  request: CreateRequest
): Effect.fn.Return<Resource, Cause> {
  const { mark, market, offer } = request
  const wrong = refusalOf(request)
  if (wrong !== undefined) return yield* wrong
  const catalogue = yield* cloud.catalogue
  const shape = Catalogue.shapeOf(offer.instanceType)
  const isKnown = Catalogue.typesOf(catalogue).includes(offer.instanceType)
  if (shape === undefined || !isKnown) return yield* Catalogue.noType(catalogue, offer.instanceType)
  const price = Catalogue.priceOf(catalogue, market, offer.instanceType)
  const dear = tooDear(request, price)
  if (dear !== undefined) return yield* dear

  const vm = yield* post(cloud, request, shape)
  const name = Ownership.toName(mark)
  if ((vm.display_name ?? name) !== name) return yield* endUnnamed(cloud, vm, name)
  const usdPerHour = price ?? 0
  yield* cloud.memory.save(vm.vm_id, {
    mark,
    type: offer.instanceType,
    market,
    usdPerHour,
    at: yield* Clock.currentTimeMillis,
    ...(typeof vm.org_id === "string" && vm.org_id !== "" ? { organization: vm.org_id } : {})
  })
  const resource = { ...toResource(vm, mark, usdPerHour), instanceType: offer.instanceType }
  return resource.state._tag === "Unknown" ? { ...resource, state: ResourceState.Starting } : resource
})
