/**
 * What this computer has, as offers.
 *
 * @since 0.1.0
 */
import { detect, detectGpus } from "@runctl/core/Hardware"
import { UsdPerHour } from "@runctl/core/Money"
import type { Offer } from "@runctl/core/Offer"
import type { Shell, ShellError } from "@runctl/core/Shell"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"

/** The only region there is. @category constants @since 0.1.0 */
export const region = "here"

/** It is ours already. @category constants @since 0.1.0 */
export const price: UsdPerHour = UsdPerHour.make(0)

/**
 * The shapes of machine this computer can be: `cpu`, and `gpu` where there are NVIDIA GPUs.
 *
 * **Details**  every machine shares the whole computer: what is offered is what there is, not what is reserved.
 *
 * @category accessors
 * @since 0.1.0
 */
export const offers = (
  shell: Shell,
  provider: string,
  folder: string
): Effect.Effect<ReadonlyArray<Offer>, ShellError | Schema.SchemaError> =>
  Effect.gen(function* () {
    const cpu: Offer = {
      provider,
      region,
      instanceType: "cpu",
      gpuCount: 0,
      ...(yield* detect(shell, folder)),
      onDemandUsdPerHour: price,
      available: true,
      source: "this computer",
      asOf: yield* DateTime.now
    }
    const found = yield* detectGpus(shell)
    return found.gpuCount === 0 ? [cpu] : [cpu, { ...cpu, instanceType: "gpu", ...found }]
  })
