/**
 * The machine that `--on` names.
 */
import { Resources } from "@runctl/runtime/Resources"
import { UnknownResource } from "@runctl/runtime/RuntimeError"
import type { Placement } from "@runctl/runtime/Event"
import * as Effect from "effect/Effect"
import { fail } from "../errors/Failure.ts"

/** A placement on a machine that is there, or why it cannot take a run. */
export const placementOn = Effect.fnUntraced(function* (wanted: string) {
  const resources = yield* Resources
  const view = yield* resources.get(wanted)
  const { resource } = view
  if (resource === undefined || view.record?.phase === "Gone") {
    return yield* new UnknownResource({ id: wanted, known: [] })
  }
  const state = resource.state._tag
  if (state === "Stopped") {
    return yield* Effect.fail(
      fail(
        "RUNCTL_E_MACHINE_REFUSED",
        `the machine ${resource.id} is stopped`,
        `Start it: \`runctl start ${resource.id}\`.`
      )
    )
  }
  const placement: Placement = { _tag: "On", resource: resource.id }
  return placement
})
