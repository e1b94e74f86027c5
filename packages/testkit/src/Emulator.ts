/**
 * Clouds that are not there: the same HTTP, the same quirks, and no cent.
 *
 * @since 0.1.0
 */
import type * as Cores from "./internal/cloud/digitalocean/Core.ts"
import { capacityMessages as wildMessages } from "./internal/cloud/digitalocean/errors.ts"
import type * as Models from "./internal/cloud/digitalocean/model.ts"
import type * as Faults from "./internal/cloud/Faults.ts"
import type * as Scripts from "./internal/cloud/FaultScript.ts"
import type * as Http from "./internal/cloud/http.ts"
import type * as Clouds from "./internal/emulator/Cloud.ts"
import type * as Holding from "./internal/emulator/Holds.ts"
import { hasCloudInit as isCloudInitThere } from "./internal/emulator/machines/cloudInit.ts"
import type * as Machines from "./internal/emulator/machines/DropletMachine.ts"
import { machinesMissing } from "./internal/emulator/machines/place.ts"
import type * as Optional from "./internal/emulator/options.ts"
import { makeCore } from "./internal/emulator/options.ts"
import type * as Records from "./internal/emulator/record.ts"
import { start } from "./internal/emulator/start.ts"

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
 * What can be made to go wrong, each for the next request that matches unless the match says otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export type FaultScript = Scripts.FaultScript

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
export type Machine = Cores.Machine

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
export type Stranger = Cores.Stranger

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
 * How the cloud behaves: at once and without any quirk where nothing is said. Times in emulated seconds.
 *
 * @category models
 * @since 0.1.0
 */
export type CoreOptions = Optional.CoreOptions

/**
 * The same over HTTP, on a port of this computer.
 *
 * @category models
 * @since 0.1.0
 */
export type Options = Optional.Options

/**
 * A cloud that answers over HTTP until it is closed, by `close` or `await using`, and what a test may ask of it.
 *
 * @category models
 * @since 0.1.0
 */
export type Cloud = Clouds.Cloud

/**
 * A rented machine behind a real sshd, which carries out the exact bytes of its user data.
 *
 * @category models
 * @since 0.1.0
 */
export type DropletMachine = Machines.DropletMachine

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
export const core = (options: CoreOptions = {}): Core => makeCore(options)

/**
 * A DigitalOcean that listens on a port of this computer when the promise is kept.
 *
 * @category constructors
 * @since 0.1.0
 */
export const digitalocean = (options: Options = {}): Promise<Cloud> => start(options)
