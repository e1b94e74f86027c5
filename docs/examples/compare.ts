import { compareCosts, explainCost, isCompareError, type PlainOffer } from "@runctl/prices"
import { layer, Prices } from "@runctl/prices/Prices"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

const print = (line: string): void => Effect.runSync(Console.log(line))

const request = { gpu: "A100 80GB", gpus: 8, hours: 24, checkpointEveryHours: 0.5 }
const { fitting, offers } = await compareCosts({ ...request, limit: 3 })
for (const { instanceType, lowUsd, highUsd, market, provider, totalUsd } of offers) {
  print(
    `${provider} ${instanceType} (${market}): ${totalUsd?.toFixed(2)}, ${lowUsd?.toFixed(2)} to ${highUsd?.toFixed(2)}`
  )
}
print(`${fitting} prices fit`)

const { parts } = await explainCost("aws/spot", request)
for (const { part, usd, why } of parts) print(`${part}: ${usd.toFixed(2)}, ${why}`)

const refusal: unknown = await compareCosts({ gpu: "H10" }).catch((error: unknown) => error)
if (isCompareError(refusal)) print(`${refusal.code}: ${refusal.message}`)

const rack: PlainOffer = {
  provider: "rack",
  region: "basement",
  instanceType: "big",
  gpu: "RTX 4090",
  gpuCount: 2,
  gpuMemoryGiB: 24,
  vcpus: 32,
  memoryGiB: 128,
  onDemandUsdPerHour: 0.6,
  billingIncrementSeconds: 3600,
  source: "our own price list",
  asOf: "2026-11-27"
}

const program = Effect.gen(function* () {
  const prices = yield* Prices
  const { offers } = yield* prices.compare({ gpu: "4090:2", hours: 1.5 })
  yield* Console.log(offers.map(({ partsUsd, totalUsd }) => `${totalUsd} with ${partsUsd?.billing} of steps`).join())
})

await Effect.runPromise(Effect.provide(program, layer([rack])))
