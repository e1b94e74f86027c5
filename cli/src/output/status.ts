/**
 * `runctl status` in `--json`.
 */
import * as Schema from "effect/Schema"
import { ResourceView } from "./resources.ts"
import { RunOutput, RunView } from "./runs.ts"

/** What is going on. `exposure` is what live machines cost now, and may cost in all until their deadlines. */
export const OverviewOutput = Schema.Struct({
  home: Schema.String,
  supervisor: Schema.Struct({
    state: Schema.Literals(["running", "frozen", "none"]),
    pid: Schema.NullOr(Schema.Int)
  }),
  runs: Schema.Array(RunView),
  resources: Schema.Array(ResourceView),
  exposure: Schema.Struct({ usdPerHour: Schema.Finite, untilDeadlineUsd: Schema.Finite, unknownPrices: Schema.Int })
})
export type OverviewOutput = typeof OverviewOutput.Type

/**
 * What a machine's own clocks say: when they end it if everybody goes away, at the latest. `holdLeftSeconds`: how long
 * results still wait there; `keeper`: whether the process lives that watches them.
 */
export const MachineClockView = Schema.Struct({
  deadline: Schema.String,
  endsBy: Schema.String,
  holdLeftSeconds: Schema.NullOr(Schema.Int),
  ending: Schema.NullOr(Schema.Literals(["deadline", "hold", "orphan"])),
  keeper: Schema.Boolean,
  survivesReboot: Schema.Boolean,
  by: Schema.NullOr(Schema.Literals(["crontab", "systemd"]))
})
export type MachineClockView = typeof MachineClockView.Type

/**
 * Where a machine behind SSH is reached, and which key of it is accepted: the one that its provider told, the one of its
 * own that it made when it was met, the one that it was set up with and has not replaced, or the one that is known since
 * it was first met.
 */
export const MachineSshView = Schema.Struct({
  host: Schema.String,
  port: Schema.Int,
  user: Schema.String,
  through: Schema.Array(Schema.String),
  hostKey: Schema.Literals(["provider", "own", "setUp", "firstUse"])
})
export type MachineSshView = typeof MachineSshView.Type

/**
 * When a machine ends at the latest if everybody goes away now, and by what: its own clock, the supervisor here, or the
 * sweeps that a timer makes here. Null when nobody would end it: its billing goes on until somebody does.
 */
export const UnattendedView = Schema.Struct({
  endsBy: Schema.NullOr(Schema.String),
  by: Schema.NullOr(Schema.Literals(["machine", "supervisor", "sweeper"]))
})
export type UnattendedView = typeof UnattendedView.Type

/**
 * A machine, where it is reached, its own clocks where it has any and could be asked, and what ends it when nobody does;
 * that is null for one that is over.
 */
const MachineStatusOutput = Schema.Struct({
  resource: ResourceView,
  ssh: Schema.NullOr(MachineSshView),
  machineClock: Schema.NullOr(MachineClockView),
  unattended: Schema.NullOr(UnattendedView)
})

/** With an id the run or the machine, without one the overview. */
export const StatusOutput = Schema.Union([OverviewOutput, RunOutput, MachineStatusOutput])
export type StatusOutput = typeof StatusOutput.Type
