import { assert, it } from "@effect/vitest"
import { billingRulesOf, withRules } from "@runctl/core/BillingRules"
import { type Component, components, effectiveCost, type Job } from "@runctl/core/EffectiveCost"
import type { Shape } from "@runctl/core/Shape"

const shape = ({ price, provider }: { readonly provider: string; readonly price: number }): Shape => ({
  provider,
  region: "somewhere",
  instanceType: "some",
  gpuCount: 1,
  vcpus: 8,
  memoryGiB: 64,
  onDemandUsdPerHour: price
})

const exact: Job = { setupHours: 0, outputGiB: 0, diskGiB: 0 }

interface Bill {
  readonly title: string
  readonly offer: Partial<Shape> & { readonly provider: string }
  readonly price: number
  readonly job: Job
  readonly usd: number
  readonly parts?: Partial<Record<Component, number>>
}

/** Each reckoned by hand from the provider's published rules. */
const bills: ReadonlyArray<Bill> = [
  {
    title: "AWS: 30 seconds of $3.60/h are a minute",
    offer: { provider: "aws" },
    price: 3.6,
    job: { ...exact, hours: 30 / 3600 },
    usd: 0.06
  },
  {
    title: "AWS: 90 seconds are 90 seconds",
    offer: { provider: "aws" },
    price: 3.6,
    job: { ...exact, hours: 90 / 3600 },
    usd: 0.09
  },
  {
    // 10 h · 4.10 + 500 GiB · 0.08/730 · 10 h + 20 GiB · 0.09 + stopped 73 h · 500 · 0.08/730
    title: "AWS: ten hours, 500 GiB of gp3, 20 GiB out, three days stopped",
    offer: { provider: "aws" },
    price: 4.1,
    job: { hours: 10, setupHours: 0, outputGiB: 20, diskGiB: 500, stoppedHours: 73 },
    usd: 47.35,
    parts: { compute: 41, disk: 0.547945205, stopped: 4, egress: 1.8 }
  },
  {
    title: "DigitalOcean: 10 seconds of the smallest are a cent",
    offer: { provider: "digitalocean" },
    price: 0.00595,
    job: { ...exact, hours: 10 / 3600 },
    usd: 0.01
  },
  {
    title: "DigitalOcean: 1 h 30 m 1 s of $2.99/h by the second",
    offer: { provider: "digitalocean" },
    price: 2.99,
    job: { ...exact, hours: 1.5 + 1 / 3600 },
    usd: 4.49
  },
  {
    title: "DigitalOcean: a droplet that is off costs as if it were on",
    offer: { provider: "digitalocean" },
    price: 1.5,
    job: { ...exact, hours: 2, stoppedHours: 10 },
    usd: 18,
    parts: { stopped: 15 }
  },
  {
    // 24 h · 2.69 + 100 · 0.10/730 · 24 + stopped 100 · 0.20/730 · 146
    title: "RunPod: a day with a volume, which costs twice as much while stopped",
    offer: { provider: "runpod" },
    price: 2.69,
    job: { hours: 24, setupHours: 0, outputGiB: 50, diskGiB: 100, stoppedHours: 146 },
    usd: 68.89,
    parts: { disk: 0.328767123, stopped: 4, egress: 0 }
  },
  {
    // 12 h · 0.40, and the host's own 0.0002 per GiB and hour for 64 GiB, 0.02 per GiB for 10 GiB
    title: "Vast.ai: a host's own prices of disk and traffic",
    offer: { provider: "vastai", diskUsdPerGiBHour: 0.0002, egressUsdPerGiB: 0.02, diskGiB: 64 },
    price: 0.4,
    job: { hours: 12, setupHours: 0, outputGiB: 10 },
    usd: 5.15,
    parts: { compute: 4.8, disk: 0.1536, egress: 0.2 }
  },
  {
    title: "Lyceum: seconds, and nothing but them",
    offer: { provider: "lyceum" },
    price: 1.590012,
    job: { ...exact, hours: 100 / 3600 },
    usd: 0.04
  },
  {
    title: "Verda: 61 minutes are seven steps of ten",
    offer: { provider: "verda" },
    price: 6,
    job: { ...exact, hours: 61 / 60 },
    usd: 7,
    parts: { compute: 6.1, billing: 0.9 }
  },
  {
    // 10 h and 6 min to set up · 2 + 200 GiB · 0.2/730 · 10.1 h; 10.1 h are 61 steps
    title: "Verda: a volume beside the machine",
    offer: { provider: "verda" },
    price: 2,
    job: { hours: 10, setupHours: 0.1, outputGiB: 5, diskGiB: 200 },
    usd: 20.89,
    parts: { compute: 20, setup: 0.2, billing: 0.133333333, disk: 0.553424658 }
  },
  {
    title: "Lambda: 10 minutes and a second are 11 minutes",
    offer: { provider: "lambda" },
    price: 4.29,
    job: { ...exact, hours: 601 / 3600, outputGiB: 500 },
    usd: 0.79
  },
  {
    // 3 h · 28 + 300 GiB · 0.071/730 · 3
    title: "Nebius: seconds, and a disk apart",
    offer: { provider: "nebius" },
    price: 28,
    job: { ...exact, hours: 3, diskGiB: 300 },
    usd: 84.09
  },
  {
    title: "a machine of one's own costs nothing",
    offer: { provider: "ssh" },
    price: 0,
    job: { hours: 1000, stoppedHours: 1000, diskGiB: 1000, outputGiB: 1000 },
    usd: 0
  }
]

it.each(bills.map((bill) => [bill.title, bill] as const))("%s", (_, { job, offer, parts = {}, price, usd }) => {
  const cost = effectiveCost({ ...shape({ provider: offer.provider, price }), ...offer }, "on-demand", job)
  assert.strictEqual(((cost?.totalNanoUsd ?? Number.NaN) / 1e9).toFixed(2), usd.toFixed(2))
  for (const each of components) {
    const wanted = parts[each]
    if (wanted !== undefined) assert.closeTo((cost?.parts[each] ?? 0) / 1e9, wanted, 1e-8, each)
  }
})

it("every provider has a golden bill, and rules whose ends are in order", () => {
  assert.includeMembers([...bills.map(({ offer }) => offer.provider), "local"], [...withRules])
  for (const name of [...withRules, "somebody"]) {
    const { notes, whileStopped: _, minimumSeconds, minimumUsd, ...ranges } = billingRulesOf(name)
    assert.notStrictEqual(notes, "")
    assert.isAtLeast(Math.min(minimumSeconds, minimumUsd), 0)
    for (const { expected, high, low } of Object.values(ranges)) {
      assert.isTrue(low >= 0 && low <= expected && expected <= high, name)
    }
  }
})
