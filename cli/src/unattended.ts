/**
 * What would end a machine if everybody went away now.
 */
import { type ClockStatus, endsWithin } from "@runctl/core/MachineClocks"
import { Providers } from "@runctl/runtime/Providers"
import { Records } from "@runctl/runtime/Records"
import type { ResourceView } from "@runctl/runtime/Resources"
import { SupervisorClient } from "@runctl/runtime/SupervisorClient"
import * as Sweep from "@runctl/runtime/Sweep"
import * as Sweeps from "@runctl/runtime/Sweeps"
import * as Waiting from "@runctl/runtime/Waiting"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { UnattendedView } from "./output/status.ts"
import { viewUnattended } from "./views/unattended.ts"

/** From when on whoever here looks ends it; nothing for what nobody here has any business with. */
const dueAt = Effect.fnUntraced(function* ({ id, record, standing }: ResourceView, now: number) {
  if (record === undefined) return undefined
  if (standing === "late") return Sweep.endsAfter(record, id, now)
  if (!Waiting.isHeld(record)) return undefined
  const run = record.run === undefined ? undefined : yield* (yield* Records).run(record.run)
  if (run !== undefined && Waiting.isOpen(run)) return Waiting.hasMachinesUntil(run)
  return record.phase === "Held" ? Waiting.isLateAfter(record) : now
})

const over = new Set<string>(["Terminated", "Terminating"])

/** What ends it when nobody does; nothing for a machine that is over. */
export const unattended = Effect.fnUntraced(function* (view: ResourceView, clock: ClockStatus | undefined) {
  const isOver =
    (view.record !== undefined && view.standing === "ours" && !Waiting.isHeld(view.record)) ||
    (view.resource !== undefined && over.has(view.resource.state._tag))
  if (isOver) return null
  const now = yield* Clock.currentTimeMillis
  const name = view.id.split("/")[0] ?? ""
  const { provider } = yield* (yield* Providers).get(name)
  const isWatched = clock !== undefined && clock.keeper && provider.capabilities.endAction === "terminates"
  const answer: UnattendedView = viewUnattended(
    {
      clockEndsAt: isWatched ? now + endsWithin(clock) * 1000 : undefined,
      dueAt: yield* dueAt(view, now),
      supervisor: (yield* (yield* SupervisorClient).status).state,
      isSwept: Sweeps.isLately(yield* Sweeps.last(name), now)
    },
    now
  )
  return answer
})
