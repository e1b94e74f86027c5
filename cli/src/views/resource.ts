/**
 * Machines as they are shown, from their records and from what their providers say.
 */
import type { Resource } from "@runctl/core/Resource"
import type { ResourceState } from "@runctl/core/ResourceState"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import type { Ownership, ResourceView } from "../output/resources.ts"

type Encoded = typeof ResourceRecord.Encoded

/** A record, decoded or as it lies in the journal: what is shown is the same in both. */
export type ResourceFacts = Pick<
  Encoded,
  | "mark"
  | "provider"
  | "phase"
  | "label"
  | "run"
  | "requestedAt"
  | "provisionedAt"
  | "usdPerHour"
  | "deadlineAt"
  | "endingBy"
  | "endedAt"
  | "chargedNanoUsd"
  | "surplusNanoUsd"
  | "problem"
  | "sightings"
  | "prices"
  | "reserve"
> & {
  readonly offer: { readonly region: string; readonly instanceType: string }
  readonly resource?: { readonly id: string; readonly state: ResourceState; readonly instanceType?: string }
}

const iso = (millis: number): string => new Date(millis).toISOString()

const messageOf = (state: ResourceState | undefined): string | null => (state?._tag === "Error" ? state.message : null)

const stateOf = (facts: ResourceFacts, live: ResourceState | undefined): ResourceView["state"] => {
  switch (facts.phase) {
    case "Gone":
      return "Terminated"
    case "Failed":
      return "Error"
    case "Ending":
      return "Terminating"
    case "Intended":
      return live?._tag ?? "Starting"
    case "Held":
      return live?._tag ?? facts.resource?.state._tag ?? "Unknown"
  }
}

const accrued = (facts: ResourceFacts, now: number): number | null => {
  if (facts.phase === "Gone" && facts.chargedNanoUsd !== undefined) return facts.chargedNanoUsd / 1e9
  const surplus = (facts.surplusNanoUsd ?? 0) / 1e9
  if (facts.provisionedAt === undefined) return surplus
  if (rateOf(facts) === undefined) return null
  const until = facts.endedAt ?? now
  const steps = [{ at: facts.provisionedAt, usdPerHour: quoteOf(facts) ?? rateOf(facts) ?? 0 }, ...(facts.prices ?? [])]
  let total = surplus
  let from = facts.provisionedAt
  for (const [index, { usdPerHour }] of steps.entries()) {
    const to = Math.max(from, Math.min(until, steps[index + 1]?.at ?? until))
    total += (usdPerHour * (to - from)) / 3_600_000
    from = to
  }
  return Math.round(total * 1e9) / 1e9
}

/** What it was quoted at, with a disk that is charged apart. */
const quoteOf = ({ reserve, usdPerHour }: ResourceFacts): number | undefined =>
  usdPerHour === undefined ? undefined : usdPerHour + (reserve?.diskUsdPerHour ?? 0)

/** What it costs per hour now, as far as anybody has said. */
const rateOf = (facts: ResourceFacts): number | undefined => facts.prices?.at(-1)?.usdPerHour ?? quoteOf(facts)

/** A machine that we remember, with what its provider has just said about it. */
export const viewRecord = (facts: ResourceFacts, now: number, live?: ResourceState): ResourceView => ({
  id: facts.resource?.id ?? `${facts.provider}/${facts.offer.region}/${facts.mark.key}`,
  label: facts.label ?? null,
  state: stateOf(facts, live),
  message: facts.problem?.message ?? messageOf(live ?? facts.resource?.state),
  provider: facts.provider,
  region: facts.offer.region,
  instanceType: facts.resource?.instanceType ?? facts.offer.instanceType,
  run: facts.run ?? null,
  usdPerHour: rateOf(facts) ?? null,
  requestedAt: iso(facts.requestedAt),
  deadline: iso(facts.deadlineAt),
  endedBy: facts.phase === "Gone" ? (facts.endingBy ?? null) : null,
  estimatedUsd: accrued(facts, now),
  live: live !== undefined,
  ownership: "ours"
})

/** A machine as its provider shows it: one that no record of ours is about, or should not be there. */
export const viewResource = (resource: Resource, ownership: Ownership): ResourceView => {
  const [provider = "", region = ""] = resource.id.split("/")
  const iso = (time: { readonly epochMilliseconds: number } | undefined): string | null =>
    time === undefined ? null : new Date(time.epochMilliseconds).toISOString()
  return {
    id: resource.id,
    label: resource.name ?? null,
    state: resource.state._tag,
    message: messageOf(resource.state),
    provider,
    region,
    instanceType: resource.instanceType ?? null,
    run: null,
    usdPerHour: resource.costPerHour,
    requestedAt: iso(resource.launchTime),
    deadline: iso(resource.deadline),
    endedBy: resource.endedBy ?? null,
    estimatedUsd: null,
    live: true,
    ownership
  }
}

/** Whether it may still cost something: only what is gone, or never came to be, does not. */
export const isLive = ({ phase }: Pick<ResourceFacts, "phase">): boolean => phase !== "Gone" && phase !== "Failed"

/** Newest first. */
export const viewRecords = (records: ReadonlyArray<ResourceFacts>, now: number): ReadonlyArray<ResourceView> =>
  records.toSorted((left, right) => right.requestedAt - left.requestedAt).map((record) => viewRecord(record, now))
