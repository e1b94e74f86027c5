/**
 * How each provider counts: what an hour on its price list turns into on its bill.
 *
 * Where a provider does not say, or it depends, there is a range: estimates get wider by it, and never silently better.
 *
 * @since 0.1.0
 */

/**
 * A number that is not known exactly: the most favourable, the expected, the least favourable.
 *
 * @category models
 * @since 0.1.0
 */
export interface Range {
  readonly low: number
  readonly expected: number
  readonly high: number
}

/**
 * How a provider bills.
 *
 * **Details**  time is charged in steps of `incrementSeconds`, at least `minimumSeconds` and `minimumUsd`. `whileStopped`:
 * what a machine that is stopped goes on costing: its disk, or all of it, as if it ran (so also where it can only be
 * deleted). `interruptionsPerHour`: how often a running spot machine is taken back.
 * **Units**    GiB: binary gigabytes · hours of 3600 s, months of 730 h
 *
 * @category models
 * @since 0.1.0
 */
export interface BillingRules {
  readonly incrementSeconds: Range
  readonly minimumSeconds: number
  readonly minimumUsd: number
  readonly diskUsdPerGiBHour: Range
  readonly stoppedDiskUsdPerGiBHour: Range
  readonly whileStopped: "disk" | "everything"
  readonly egressUsdPerGiB: Range
  readonly interruptionsPerHour: Range
  readonly notes: string
}

/** A number that is known. @category constructors @since 0.1.0 */
export const exactly = (value: number): Range => ({ low: value, expected: value, high: value })

const range = (low: number, expected: number, high: number): Range => ({ low, expected, high })

const hoursPerMonth = 730

const perMonth = (low: number, expected = low, high = expected): Range =>
  range(low / hoursPerMonth, expected / hoursPerMonth, high / hoursPerMonth)

const nothing = exactly(0)

/**
 * How often spot machines are taken back, where the provider does not say.
 *
 * **Details**  the favourable end is AWS's statement that on average fewer than 5 % of spot machines are interrupted in a
 * month. The unfavourable end is 10 % in an hour, the mildest of the rates that Bamboo replayed from traces of GPU
 * machines. In between our guess is the geometric mean, 0.26 % an hour: once in about 16 days.
 *
 * @source https://aws.amazon.com/ec2/spot/instance-advisor/ (AWS's figure as others report it)
 * @source https://www.usenix.org/conference/nsdi23/presentation/thorpe (Bamboo, NSDI 2023; from memory)
 * @category constants
 * @since 0.1.0
 */
export const unknownInterruptions: Range = range(0.05 / hoursPerMonth, 0.0026, 0.1)

/** What nearly all have in common: seconds, a disk that comes with the machine, traffic that costs nothing. */
const bySecond: BillingRules = {
  incrementSeconds: exactly(1),
  minimumSeconds: 0,
  minimumUsd: 0,
  diskUsdPerGiBHour: nothing,
  stoppedDiskUsdPerGiBHour: nothing,
  whileStopped: "everything",
  egressUsdPerGiB: nothing,
  interruptionsPerHour: unknownInterruptions,
  notes: ""
}

/** Machines of one's own. */
const free: BillingRules = { ...bySecond, interruptionsPerHour: nothing, notes: "a machine of one's own" }

/**
 * @source https://aws.amazon.com/ec2/pricing/on-demand/ (per second, at least 60; traffic; from memory, not read again)
 * @source https://aws.amazon.com/ebs/pricing/ (gp3; from memory, not read again)
 */
const aws: BillingRules = {
  ...bySecond,
  minimumSeconds: 60,
  diskUsdPerGiBHour: perMonth(0.08, 0.08, 0.152),
  stoppedDiskUsdPerGiBHour: perMonth(0.08, 0.08, 0.152),
  whileStopped: "disk",
  egressUsdPerGiB: range(0, 0.09, 0.154),
  notes: "per second, at least 60 s; gp3 volumes go on while stopped; the first 100 GB out a month are free"
}

/**
 * @source https://docs.digitalocean.com/products/droplets/details/pricing/ (per second since 2026-01-01, at least 60 s or $0.01) (from an excerpt, 2026-11-27)
 */
const digitalocean: BillingRules = {
  ...bySecond,
  minimumSeconds: 60,
  minimumUsd: 0.01,
  egressUsdPerGiB: range(0, 0, 0.01),
  notes: "per second, at least 60 s and $0.01; off is charged like on; traffic beyond the allowance $0.01/GiB"
}

/**
 * @source https://docs.runpod.io/accounts-billing/billing (per second, no fees for data transfer) (from an excerpt, 2026-11-27)
 * @source https://docs.runpod.io/pods/pricing (disks) (from an excerpt, 2026-11-27)
 */
const runpod: BillingRules = {
  ...bySecond,
  diskUsdPerGiBHour: perMonth(0.1),
  stoppedDiskUsdPerGiBHour: perMonth(0.2),
  whileStopped: "disk",
  notes: "per second; a stopped pod's volume costs twice as much; no fees for traffic"
}

/**
 * Hosts set their own prices of disk and traffic: the range is our assumption, and an offer's own prices win.
 *
 * @source https://docs.vast.ai/documentation/reference/billing (who charges what; not the numbers)
 */
const vastai: BillingRules = {
  ...bySecond,
  diskUsdPerGiBHour: perMonth(0.05, 0.15, 0.4),
  stoppedDiskUsdPerGiBHour: perMonth(0.05, 0.15, 0.4),
  whileStopped: "disk",
  egressUsdPerGiB: range(0, 0.01, 0.04),
  notes: "per second; each host has its own prices of disk and traffic"
}

/**
 * @source https://docs.lyceum.technology (per second, until deleted; traffic is not spoken of) (from an excerpt, 2026-11-27)
 */
const lyceum: BillingRules = {
  ...bySecond,
  egressUsdPerGiB: range(0, 0, 0.05),
  notes: "per second until it is deleted; there is no stop; what traffic costs is not said"
}

/**
 * The step of ten minutes is not in the API's description: it is assumed, and seconds are the favourable end.
 *
 * @source https://docs.verda.com/welcome-to-verda/pricing-and-billing (not the step)
 */
const verda: BillingRules = {
  ...bySecond,
  incrementSeconds: range(1, 600, 600),
  diskUsdPerGiBHour: perMonth(0.2),
  stoppedDiskUsdPerGiBHour: perMonth(0.2),
  egressUsdPerGiB: range(0, 0, 0.05),
  notes: "steps of 10 minutes are assumed; shut down is charged like running; what traffic costs is not said"
}

/**
 * @source https://lambda.ai/instances (by the minute, no egress fees) (from an excerpt, 2026-11-27)
 */
const lambda: BillingRules = {
  ...bySecond,
  incrementSeconds: exactly(60),
  notes: "by the minute; disk included; no fees for traffic; there is no stop"
}

/**
 * @source https://docs.nebius.com/compute/resources/pricing (per second; disks apart, also while stopped; from an excerpt, without the numbers)
 */
const nebius: BillingRules = {
  ...bySecond,
  diskUsdPerGiBHour: perMonth(0.05, 0.071, 0.12),
  stoppedDiskUsdPerGiBHour: perMonth(0.05, 0.071, 0.12),
  whileStopped: "disk",
  egressUsdPerGiB: range(0, 0, 0.05),
  notes: "per second; disks apart, also while stopped; prices of disk and traffic are assumed"
}

const rules: ReadonlyMap<string, BillingRules> = new Map([
  ["aws", aws],
  ["digitalocean", digitalocean],
  ["lambda", lambda],
  ["local", free],
  ["lyceum", lyceum],
  ["nebius", nebius],
  ["runpod", runpod],
  ["ssh", free],
  ["vastai", vastai],
  ["verda", verda]
])

/** A provider nobody has told us about: everything may be as anywhere. */
const unknown: BillingRules = {
  ...bySecond,
  incrementSeconds: range(1, 60, 3600),
  diskUsdPerGiBHour: perMonth(0, 0.1, 0.4),
  stoppedDiskUsdPerGiBHour: perMonth(0, 0.1, 0.4),
  egressUsdPerGiB: range(0, 0.01, 0.154),
  notes: "how this provider bills is unknown here"
}

/**
 * How a provider bills; one that is not in the table gets the widest ranges.
 *
 * @category queries
 * @since 0.1.0
 */
export const billingRulesOf = (provider: string): BillingRules => rules.get(provider) ?? unknown

/** The providers whose rules are known. @category queries @since 0.1.0 */
export const withRules: ReadonlyArray<string> = [...rules.keys()]
