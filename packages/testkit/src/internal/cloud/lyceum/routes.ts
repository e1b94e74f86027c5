import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Answer, Request } from "../http.ts"
import { secondsOf, usdOf } from "./billing.ts"
import { counts, markets, profiles } from "./catalogue.ts"
import * as errors from "./errors.ts"
import type { Account, Vm, VmState } from "./model.ts"
import { answers, CreateBody, Failure } from "./schemas.ts"
import * as views from "./views.ts"
import type { World } from "./World.ts"

/** A request of somebody who may. `readAt` is how old what it reads is. */
export interface Call {
  readonly request: Request & { readonly query: Readonly<Record<string, string>> }
  readonly account: Account
  readonly now: number
  readonly readAt: number
  readonly params: ReadonlyArray<string>
  /** Writes down that a request is not allowed, and says whether it is to be refused for that. */
  readonly complain: (message: string) => boolean
}

export interface Route {
  readonly method: string
  readonly path: RegExp
  readonly answer: Schema.ConstraintDecoder<unknown>
  /** What may be asked after the question mark. */
  readonly query: ReadonlyArray<string>
  readonly run: (world: World, call: Call) => Answer
}

const ok = (body: unknown, status = 200): Answer => ({ status, headers: {}, body })

const decodeStrictly = Schema.decodeUnknownResult(CreateBody, { errors: "all", onExcessProperty: "error" })
const decodeLeniently = Schema.decodeUnknownResult(CreateBody)

/** Ten GPUs are no machine; none at all becomes one, which costs money. */
const countOf = (asked: number): number | undefined => (asked === 0 ? 1 : counts.includes(asked) ? asked : undefined)

const refusalOf = (world: World, call: Call, body: typeof CreateBody.Type): Answer | undefined => {
  const { hardware_profile: name, instance_specs: specs, instance_type: market = "on-demand" } = body
  const count = countOf(specs?.gpu_count ?? 1)
  if (!profiles.some(({ profile }) => profile === name)) return errors.unknownProfile(name)
  if (count === undefined) return errors.invalid
  if (call.account.credits - spentBy(world, call) <= 0) return errors.noCredits
  const words = world.faults.capacity.take(call.request)
  if (words !== undefined) return errors.noCapacity(words)
  // What the list of what is there says is no promise, but this cloud keeps it.
  const stock = world.stockOf(market, name)
  if (stock === undefined) return errors.invalid
  return stock.includes(count) ? undefined : errors.noCapacity(errors.capacityWords)
}

const spentBy = (world: World, { account, now }: Call): number =>
  [...world.vms.values()]
    .filter((vm) => vm.account === account && !vm.planted)
    .reduce((usd, vm) => usd + usdOf(vm, now), 0)

const create = (world: World, call: Call): Answer => {
  const { body: sent } = call.request
  const strict = decodeStrictly(sent)
  if (Result.isFailure(strict) && call.complain(`body: ${strict.failure.message}`)) {
    return errors.unprocessable(strict.failure.message)
  }
  const lenient = decodeLeniently(sent)
  if (Result.isFailure(lenient)) return errors.unprocessable(lenient.failure.message)
  const body = lenient.success
  const refusal = refusalOf(world, call, body)
  const profile = profiles.find((each) => each.profile === body.hardware_profile)
  if (refusal !== undefined || profile === undefined) return refusal ?? errors.invalid
  const wanted = {
    profile,
    count: countOf(body.instance_specs?.gpu_count ?? 1) ?? 1,
    market: body.instance_type ?? "on-demand",
    displayName: body.display_name,
    publicKey: body.user_public_key
  }
  const isToFail = world.faults.failedCreates.take(call.request) === true
  return ok(views.created(world.create(call.account, wanted, isToFail, call.now)))
}

/** Nobody is told at first; later it is what it has cost. */
const billedOf = (vm: Vm, now: number): number | null =>
  vm.billedFrom === undefined || vm.billedFrom > now ? null : Math.round(usdOf(vm, now) * 100) / 100

const rowOf = (vm: Vm, state: VmState, { readAt }: Call) => views.row(vm, state, billedOf(vm, readAt))

const isFlag = (value: string | undefined): boolean => value === undefined || value === "true" || value === "false"

/** The dead are shown unless somebody says that they are not wanted. */
const list = (world: World, call: Call): Answer => {
  const { include_failed: failed, include_terminated: terminated } = call.request.query
  if (!isFlag(failed) || !isFlag(terminated)) return errors.unprocessable("Input should be a valid boolean")
  const vms = [...world.vms.values()].flatMap((vm) => {
    const state = vm.account === call.account ? world.seen(vm, call.readAt) : undefined
    if (state === undefined) return []
    if (state.status === "terminated" && terminated === "false") return []
    if (state.status === "failed" && failed === "false") return []
    return [rowOf(vm, state, call)]
  })
  return ok({ vms, total: vms.length })
}

const found = (world: World, { account, params: [id = ""], readAt }: Call) => {
  const vm = world.vms.get(decodeURIComponent(id))
  const state = vm === undefined || vm.account !== account ? undefined : world.seen(vm, readAt)
  return vm === undefined || state === undefined ? undefined : { vm, state }
}

const status = (world: World, call: Call): Answer => {
  const one = found(world, call)
  if (one === undefined) return errors.noVm
  const uptime = Math.floor(secondsOf(one.vm, call.readAt))
  return ok({ ...rowOf(one.vm, one.state, call), uptime_seconds: uptime })
}

const terminate = (world: World, call: Call): Answer => {
  const one = found(world, call)
  if (one === undefined) return errors.noVm
  const { vm } = one
  vm.touched = true
  if (world.faults.ignoredDeletes.take(call.request) !== true) world.end(vm, call.now)
  return ok({ vm_id: vm.id, status: "terminated", message: `VM ${vm.id} has been terminated` })
}

const shuffled = (world: World, all: ReadonlyArray<number>): ReadonlyArray<number> =>
  all
    .map((each) => ({ each, place: world.draw() }))
    .toSorted((left, right) => left.place - right.place)
    .map(({ each }) => each)

const availability = (world: World): Answer => {
  const variants = markets.flatMap((market) =>
    profiles.flatMap(({ profile }) => {
      const stock = world.stockOf(market, profile)
      return stock === undefined
        ? []
        : [
            {
              hardware_profile: profile,
              instance_type: market,
              price_per_hour: world.priceOf(market, profile),
              allowed_gpus_per_instance: counts,
              available_gpus_per_instance: shuffled(world, stock)
            }
          ]
    })
  )
  return ok({
    available_hardware_profiles: variants.flatMap(({ instance_type: market, ...each }) =>
      market === "on-demand" ? [{ ...each, gpu_type: each.hardware_profile }] : []
    ),
    available_instance_variants: variants
  })
}

const route = (
  method: string,
  path: string,
  answer: Route["answer"],
  run: Route["run"],
  query: ReadonlyArray<string> = []
): Route => ({
  method,
  path: new RegExp(`^/api/v2/external${path.replaceAll(/:\w+/g, "([^/]+)")}$`),
  answer,
  query,
  run
})

export const routes: ReadonlyArray<Route> = [
  route("POST", "/vms/create", answers.created, create),
  route("GET", "/vms/list", answers.list, list, ["include_terminated", "include_failed"]),
  route("GET", "/vms/availability", answers.availability, availability),
  route("GET", "/vms/:id/status", answers.status, status),
  route("DELETE", "/vms/:id", answers.terminated, terminate),
  route("GET", "/pricing", answers.pricing, (world) =>
    ok(views.pricing((market, profile) => world.priceOf(market, profile)))
  ),
  route("GET", "/user/status", answers.user, (world, call) =>
    ok(views.user(call.account, Math.round((call.account.credits - spentBy(world, call)) * 100) / 100))
  )
]

const decodeFailure = Schema.decodeUnknownResult(Failure, { errors: "all", onExcessProperty: "error" })

/** What is wrong with an answer to a request, by our own schemas. */
export const complaintAbout = (route: Route | undefined, answer: Answer): string | undefined => {
  const decode =
    route === undefined || answer.status >= 400
      ? decodeFailure
      : Schema.decodeUnknownResult(route.answer, { errors: "all", onExcessProperty: "error" })
  const result: Result.Result<unknown, Schema.SchemaError> = decode(answer.body)
  return Result.isFailure(result) ? result.failure.message : undefined
}
