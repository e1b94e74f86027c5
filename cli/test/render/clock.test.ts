import { assert, it } from "@effect/vitest"
import type { ClockStatus } from "@runctl/core/MachineClocks"
import * as Schema from "effect/Schema"
import { MachineClockView } from "../../src/output/status.ts"
import { renderClock } from "../../src/render/status.ts"
import { plain } from "../../src/render/style.ts"
import { viewClock } from "../../src/views/status.ts"

const now = Date.UTC(2026, 10, 21, 12)

const status: ClockStatus = {
  armed: true,
  deadline: now / 1000 + 3600,
  left: 3600,
  grace: 60,
  hold: 7200,
  holdLeft: null,
  orphanLeft: null,
  ending: null,
  keeper: true,
  survivesReboot: true,
  by: "crontab"
}

const shown = (change: Partial<ClockStatus>): string => {
  const view = viewClock({ ...status, ...change }, now)
  if (!Schema.is(MachineClockView)(view)) return assert.fail("it is not what the schema says")
  return renderClock(view, plain, now)
}

it("says when a machine would end if everybody went away, and whether a reboot changes that", () => {
  assert.include(shown({}), "ends the machine by 2026-11-21T15:01:00.000Z (in 3h 1m) when everybody is gone\n")
  assert.include(shown({}), "comes back after a reboot (crontab)")
  assert.include(shown({ survivesReboot: false, by: null }), "would not come back after a reboot")
  assert.include(shown({ survivesReboot: false }), "if crontab ran there")
  assert.include(shown({ holdLeft: 90 }), "(in 1m 30s) when everybody is gone; results wait 1m 30s longer")
  assert.include(shown({ ending: "hold" }), "is ending the machine now (hold)")
  assert.include(shown({ keeper: false }), "nothing watches it")
})

it("shows nothing of a machine without clocks of its own", () => {
  assert.isNull(viewClock(undefined, now))
})
