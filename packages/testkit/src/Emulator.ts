/**
 * Clouds that are not there: the same HTTP, the same quirks, and no cent.
 *
 * @since 0.1.0
 */
import type * as Contract from "./internal/cloud/CloudCore.ts"
import type * as AwsCores from "./internal/cloud/aws/Core.ts"
import type * as Aws from "./internal/cloud/aws/make.ts"
import type * as Cores from "./internal/cloud/digitalocean/Core.ts"
import { capacityMessages as wildMessages } from "./internal/cloud/digitalocean/errors.ts"
import type * as DigitalOcean from "./internal/cloud/digitalocean/make.ts"
import type * as Models from "./internal/cloud/digitalocean/model.ts"
import type * as LyceumCores from "./internal/cloud/lyceum/Core.ts"
import type * as RunPodCores from "./internal/cloud/runpod/Core.ts"
import type * as RunPod from "./internal/cloud/runpod/make.ts"
import * as Faults from "./internal/cloud/Faults.ts"
import * as Scripts from "./internal/cloud/FaultScript.ts"
import * as Http from "./internal/cloud/http.ts"
import * as Lines from "./internal/cloud/Timeline.ts"
import type * as VerdaCores from "./internal/cloud/verda/Core.ts"
import type * as Verda from "./internal/cloud/verda/make.ts"
import * as Windows from "./internal/cloud/Window.ts"
import { clouds } from "./internal/emulator/clouds.ts"
import { DigitalOceanCloud } from "./internal/emulator/DigitalOceanCloud.ts"
import type * as Served from "./internal/emulator/Emulated.ts"
import type * as Holding from "./internal/emulator/Holds.ts"
import { hasCloudInit as isCloudInitThere } from "./internal/emulator/machines/cloudInit.ts"
import { machinesMissing } from "./internal/emulator/machines/place.ts"
import type * as Machines from "./internal/emulator/machines/RentedMachine.ts"
import { type ServeOptions as Around, withoutHands } from "./internal/emulator/options.ts"
import { VastaiCloud } from "./internal/emulator/VastaiCloud.ts"
import type * as Records from "./internal/emulator/record.ts"
import { partsOf, start } from "./internal/emulator/start.ts"

/**
 * A customer of the cloud; its limit may be changed.
 *
 * @category models
 * @since 0.1.0
 */
export type Account = Models.Account

/**
 * What comes back for a request: a body is a value for JSON, or a text that goes out as it is.
 *
 * @category models
 * @since 0.1.0
 */
export type Answer = Http.Answer

/**
 * The cloud without HTTP and without a clock, for simulations in one process: every call says what time it is.
 *
 * @category models
 * @since 0.1.0
 */
export type Core = Cores.Core

/**
 * What can be made to go wrong, each for the next request that matches unless the match says otherwise. A cloud of your
 * own makes one of its plan and of how faults look there.
 *
 * @category models
 * @since 0.1.0
 */
export const FaultScript: typeof Scripts.FaultScript = Scripts.FaultScript

/**
 * What can be made to go wrong.
 *
 * @category models
 * @since 0.1.0
 */
export type FaultScript = Scripts.FaultScript

/**
 * What is to go wrong in a cloud of your own: it takes from here what the test has asked for, and is made with what the
 * vendor says when something has gone wrong on its side.
 *
 * @category models
 * @since 0.1.0
 */
export const FaultPlan: typeof Faults.FaultPlan = Faults.FaultPlan

/**
 * What is to go wrong in a cloud.
 *
 * @category models
 * @since 0.1.0
 */
export type FaultPlan = Faults.FaultPlan

/**
 * What the kinds of faults look like in one cloud: which request rents, ends or switches a machine, and the vendor's words.
 *
 * @category models
 * @since 0.1.0
 */
export type Dialect = Scripts.Dialect

/**
 * What something is from when on, past and planned: reads from the past and what comes to be later need no timers.
 *
 * @category models
 * @since 0.1.0
 */
export const Timeline: typeof Lines.Timeline = Lines.Timeline

/**
 * What something is from when on, past and planned.
 *
 * @category models
 * @since 0.1.0
 */
export type Timeline<A> = Lines.Timeline<A>

/**
 * At most so many requests in any span of that length, for a cloud with limits.
 *
 * @category models
 * @since 0.1.0
 */
export const Window: typeof Windows.Window = Windows.Window

/**
 * At most so many requests in any span of that length.
 *
 * @category models
 * @since 0.1.0
 */
export type Window = Windows.Window

/**
 * A request with the query beside the path, whether it came over HTTP or was made by a simulation.
 *
 * @category conversions
 * @since 0.1.0
 */
export const split: (request: Request) => Split = Http.split

/**
 * A request with the query beside the path.
 *
 * @category models
 * @since 0.1.0
 */
export type Split = Http.Split

/**
 * What a vendor's cloud is: answers to requests at given times, without HTTP, clock and machines.
 *
 * **Details**  All of its methods are pure in the sense that the same calls in the same order have the same answers: time
 * comes in with every call, and what is drawn comes from a seed. What stands around it is the same for every cloud.
 *
 * @category models
 * @since 0.1.0
 */
export type CloudCore = Contract.CloudCore

/**
 * How every cloud can be made to behave: at once and without any quirk where nothing is said. Times in emulated seconds.
 *
 * @category models
 * @since 0.1.0
 */
export type CloudOptions = Contract.CloudOptions

/**
 * What is around a cloud when it is made: addresses for machines, where links lead.
 *
 * @category models
 * @since 0.1.0
 */
export type Surroundings = Contract.Surroundings

/**
 * Something that is done to a machine, and what happens then.
 *
 * @category models
 * @since 0.1.0
 */
export type Deed = Contract.Deed

/**
 * What a machine behind a real sshd is made from.
 *
 * @category models
 * @since 0.1.0
 */
export type MachineDescription = Contract.MachineDescription

/**
 * Of what stands around a cloud of any kind: a port, a clock, machines, a vendor's description.
 *
 * @category models
 * @since 0.1.0
 */
export type ServeOptions = Around

/**
 * A cloud of any kind that answers over HTTP until it is closed, by `close` or `await using`.
 *
 * @category models
 * @since 0.1.0
 */
export type Emulated<C extends CloudCore = CloudCore> = Served.Emulated<C>

/**
 * A stopped request, and what it is to do then.
 *
 * @category models
 * @since 0.1.0
 */
export type Hold = Holding.Hold

/**
 * Which request is to be stopped, and on which side of its effect.
 *
 * @category models
 * @since 0.1.0
 */
export type HoldPoint = Holding.HoldPoint

/**
 * A machine that is or was there, and what it has cost.
 *
 * @category models
 * @since 0.1.0
 */
export type Machine = Contract.Machine

/**
 * What happens to one request on its way and to its answer on the way back.
 *
 * @category models
 * @since 0.1.0
 */
export type Plan = Faults.Plan

/**
 * How often each kind of fault happens to a request.
 *
 * @category models
 * @since 0.1.0
 */
export type Rates = Faults.Rates

/**
 * What was asked and what became of it, in emulated time.
 *
 * @category models
 * @since 0.1.0
 */
export type Recorded = Records.Recorded

/**
 * One call of the API; its path may carry the query.
 *
 * @category models
 * @since 0.1.0
 */
export type Request = Http.Request

/**
 * A machine that somebody else has rented.
 *
 * @category models
 * @since 0.1.0
 */
export type Stranger = Contract.Stranger

/**
 * Something that was sent or answered and is not allowed, and who says so.
 *
 * @category models
 * @since 0.1.0
 */
export type Violation = Http.Violation

/**
 * Which requests a fault is for; every one without any condition.
 *
 * @category models
 * @since 0.1.0
 */
export type Match = Faults.Match

/**
 * A public key that somebody has registered.
 *
 * @category models
 * @since 0.1.0
 */
export type RegisteredKey = Cores.RegisteredKey

/**
 * In which words a create is refused for want of capacity, for `faults.noCapacity({ message })`.
 *
 * @source https://www.digitalocean.com/community/questions/high-cpu-droplet-availability-via-the-digtialocean-api
 * @category constants
 * @since 0.1.0
 */
export const capacityMessages: ReadonlyArray<string> = wildMessages

/**
 * How a DigitalOcean behaves: at once and without any quirk where nothing is said. Times in emulated seconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface CoreOptions extends DigitalOcean.Options {
  /** Where links lead. */
  readonly origin?: string | (() => string) | undefined
}

/**
 * The same over HTTP, on a port of this computer.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Omit<DigitalOcean.Options, "checksAnswers">, ServeOptions {}

/**
 * A DigitalOcean that answers over HTTP until it is closed, and what a test may ask of it.
 *
 * @category models
 * @since 0.1.0
 */
export type Cloud = DigitalOceanCloud

/**
 * A rented machine behind a real sshd, which carries out the exact bytes of its user data, script or command.
 *
 * @category models
 * @since 0.1.0
 */
export type RentedMachine = Machines.RentedMachine

/**
 * Why no such machine can be had here, as words for a test's title; `undefined` where it can.
 *
 * @category conditions
 * @since 0.1.0
 */
export const missingMachines: () => string | undefined = machinesMissing

/**
 * Whether user data can be carried out by cloud-init itself here.
 *
 * @category conditions
 * @since 0.1.0
 */
export const hasCloudInit: () => boolean = isCloudInitThere

/**
 * A DigitalOcean for simulations: no HTTP, no clock, some microseconds for a request.
 *
 * **Example** (A machine for an hour)
 *
 * ```ts
 * import * as Emulator from "@runctl/testkit/Emulator"
 *
 * const cloud = Emulator.core({ bootSeconds: 30 })
 * const body = { name: "one", size: "s-1vcpu-1gb", image: "ubuntu-24-04-x64" }
 * const answer = cloud.handle({ method: "POST", path: "/v2/droplets", token: cloud.token, body }, 0)
 * console.log(answer.status, cloud.usd(3_600_000))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const core = (options: CoreOptions = {}): Core => {
  const { origin = "https://api.digitalocean.com" } = options
  return clouds.digitalocean(options, withoutHands(typeof origin === "string" ? () => origin : origin))
}

/**
 * An AWS without HTTP and without a clock: EC2 and what it needs beside it, in all regions.
 *
 * @category models
 * @since 0.1.0
 */
export type AwsCore = AwsCores.Core

/**
 * How an AWS behaves: at once and without any quirk where nothing is said. Times in emulated seconds.
 *
 * @category models
 * @since 0.1.0
 */
export type AwsOptions = Aws.Options

/**
 * An AWS for simulations: no HTTP, no clock.
 *
 * @category constructors
 * @since 0.1.0
 */
export const awsCore = (options: AwsOptions = {}): AwsCore =>
  clouds.aws(
    options,
    withoutHands(() => "http://emulator")
  )

/**
 * An AWS that listens on a port of this computer when the promise is kept.
 *
 * @category constructors
 * @since 0.1.0
 */
export const aws = (options: AwsOptions & ServeOptions = {}): Promise<Emulated<AwsCore>> =>
  start((around) => clouds.aws(options, around), options)

/**
 * A DigitalOcean that listens on a port of this computer when the promise is kept.
 *
 * @category constructors
 * @since 0.1.0
 */
export const digitalocean = async (options: Options = {}): Promise<Cloud> =>
  new DigitalOceanCloud(await partsOf((around) => clouds.digitalocean(options, around), options))

/**
 * How a Lyceum behaves: at once and without any quirk where nothing is said. Times in emulated seconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface LyceumOptions extends LyceumCores.Options, ServeOptions {}

/**
 * A Lyceum that answers over HTTP until it is closed; its `core` says what there is and what it costs.
 *
 * @category models
 * @since 0.1.0
 */
export type LyceumCloud = Served.Emulated<LyceumCores.Core>

/**
 * A Lyceum that listens on a port of this computer when the promise is kept.
 *
 * @category constructors
 * @since 0.1.0
 */
export const lyceum = (options: LyceumOptions = {}): Promise<LyceumCloud> =>
  start((around) => clouds.lyceum(options, around), options)

/**
 * How a Vast.ai behaves: at once and without any quirk where nothing is said. Times in emulated seconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface VastaiOptions extends Omit<Contract.CloudOptions, "checksAnswers">, ServeOptions {}

/**
 * A Vast.ai that listens on a port of this computer when the promise is kept.
 *
 * @category constructors
 * @since 0.1.0
 */
export const vastai = async (options: VastaiOptions = {}): Promise<VastaiCloud> =>
  new VastaiCloud(await partsOf((around) => clouds.vastai(options, around), options))

/**
 * Serves a cloud of your own on a port of this computer: with a clock, faults on the way, held requests, a record of all
 * that was asked, and machines behind a real sshd where these are wanted and can be had.
 *
 * **Example** (A cloud that has nothing)
 *
 * ```ts
 * import * as Emulator from "@runctl/testkit/Emulator"
 *
 * const nothing = { status: 404, headers: {}, body: { error: "not found" } }
 * const failed = (status: number) => ({ ...nothing, status, body: { error: "failed" } })
 *
 * const make = (): Emulator.CloudCore => {
 *   const plan = new Emulator.FaultPlan(failed(500))
 *   const violations: Array<Emulator.Violation> = []
 *   return {
 *     title: "Nowhere",
 *     token: "secret",
 *     violations,
 *     faults: new Emulator.FaultScript(plan, {
 *       create: { method: "POST", path: /machines$/ },
 *       action: { method: "POST", path: /power$/ },
 *       delete: { method: "DELETE" },
 *       capacity: "sold out",
 *       typeOf: () => undefined,
 *       failure: failed
 *     }),
 *     environment: (url) => ({ RUNCTL_NOWHERE_ENDPOINT: url, NOWHERE_TOKEN: "secret" }),
 *     handle: () => nothing,
 *     plan: (request) => plan.planFor(request),
 *     complaint: () => undefined,
 *     violated: (violation) => void violations.push(violation),
 *     refused: () => failed(400),
 *     accountOf: () => undefined,
 *     machines: () => [],
 *     billing: () => [],
 *     usd: () => 0,
 *     machineSeconds: () => 0,
 *     plant: () => {
 *       throw new Error("nobody can rent anything here")
 *     },
 *     employ: () => undefined,
 *     ended: () => undefined
 *   }
 * }
 *
 * const cloud = await Emulator.serve(make)
 * console.log(cloud.url, (await fetch(`${cloud.url}/machines`)).status)
 * await cloud.close()
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const serve = <C extends CloudCore>(
  make: (surroundings: Surroundings) => C,
  options: ServeOptions = {}
): Promise<Emulated<C>> => start(make, options)

/**
 * How a RunPod behaves: at once and without any quirk where nothing is said. Times in emulated seconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface RunPodOptions extends Omit<RunPod.Options, "checksAnswers">, ServeOptions {}

/**
 * RunPod's pods without HTTP and without a clock, and what is theirs alone: templates, network volumes, hosts whose GPUs
 * are taken.
 *
 * @category models
 * @since 0.1.0
 */
export type RunPodCore = RunPodCores.Core

/**
 * A RunPod that listens on a port of this computer when the promise is kept: pods by REST v2, as containers.
 *
 * @category constructors
 * @since 0.1.0
 */
export const runpod = (options: RunPodOptions = {}): Promise<Emulated<RunPodCore>> =>
  serve((around) => clouds.runpod(options, around), options)

/**
 * How a Verda behaves, and what stands around it.
 *
 * @category models
 * @since 0.1.0
 */
export interface VerdaOptions extends Omit<Verda.Options, "checksAnswers">, ServeOptions {}

/**
 * A Verda without HTTP and without a clock, and what a test may ask of it alone.
 *
 * @category models
 * @since 0.1.0
 */
export type VerdaCore = VerdaCores.Core

/**
 * A Verda for simulations: no HTTP, no clock.
 *
 * @category constructors
 * @since 0.1.0
 */
export const verdaCore = (options: VerdaOptions = {}): VerdaCore =>
  clouds.verda(
    options,
    withoutHands(() => "https://api.verda.com")
  )

/**
 * A Verda that listens on a port of this computer when the promise is kept.
 *
 * @category constructors
 * @since 0.1.0
 */
export const verda = (options: VerdaOptions = {}): Promise<Emulated<VerdaCore>> =>
  serve((around) => clouds.verda(options, around), options)
