import { GiB, type Offer } from "@runctl/core/Offer"
import { formatUsd, UsdPerHour } from "@runctl/core/Money"
import { rank } from "@runctl/core/Ranking"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"

const offer = (instanceType: string, gpuMemory: number, price: number): Offer => ({
  provider: "rack",
  region: "basement",
  instanceType,
  gpu: "RTX 4090",
  gpuCount: 1,
  gpuMemoryGiB: GiB.make(gpuMemory),
  vcpus: 16,
  memoryGiB: GiB.make(64),
  onDemandUsdPerHour: UsdPerHour.make(price),
  source: "our own price list",
  asOf: DateTime.makeUnsafe("2026-11-21T00:00:00Z")
})

const { ranked, rejected } = rank([offer("big", 24, 0.6), offer("modified", 48, 0.9), offer("small", 24, 0.45)], {
  gpu: "rtx-4090",
  maxUsdPerHour: UsdPerHour.make(0.8)
})

const lines = [
  ...ranked.map(({ offer, usdPerHour }) => `${offer.instanceType}: ${formatUsd(usdPerHour ?? 0)}/h`),
  ...rejected.map(({ offer, why }) => `not ${offer.instanceType}: ${why}`)
]

Effect.runSync(Console.log(lines.join("\n")))
