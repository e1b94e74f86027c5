/**
 * The overview of everything that is going on.
 */
import type { SshTarget } from "@runctl/remote/Ssh"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import type { MachineClockView, MachineSshView, OverviewOutput } from "../output/status.ts"
import { type ClockStatus, endsWithin } from "@runctl/core/MachineClocks"
import { isLive, type ResourceFacts, viewRecords } from "./resource.ts"
import { isOpen, type RunFacts, viewRuns } from "./run.ts"

/** What the overview is made of. */
export interface StatusFacts {
  readonly home: string
  readonly supervisor: { readonly state: "running" | "frozen" | "none"; readonly pid: number | undefined }
  readonly runs: ReadonlyArray<RunFacts>
  readonly resources: ReadonlyArray<ResourceFacts>
}

const nano = (usd: number): number => Math.round(usd * 1e9) / 1e9

/** What live machines cost now, and what they may still cost until their deadlines. */
const exposureOf = (live: ReadonlyArray<ResourceFacts>, now: number): OverviewOutput["exposure"] => ({
  usdPerHour: nano(live.reduce((sum, { usdPerHour }) => sum + (usdPerHour ?? 0), 0)),
  untilDeadlineUsd: nano(
    live.reduce(
      (sum, { usdPerHour, deadlineAt }) => sum + ((usdPerHour ?? 0) * Math.max(0, deadlineAt - now)) / 3_600_000,
      0
    )
  ),
  unknownPrices: live.filter(({ usdPerHour }) => usdPerHour === undefined).length
})

/** The overview at a time. */
export const viewStatus = (facts: StatusFacts, now: number): OverviewOutput => {
  const live = facts.resources.filter(isLive)
  return {
    home: facts.home,
    supervisor: { state: facts.supervisor.state, pid: facts.supervisor.pid ?? null },
    runs: viewRuns(facts.runs, now).filter(isOpen),
    resources: viewRecords(live, now),
    exposure: exposureOf(live, now)
  }
}

/** A machine's own clocks; nothing where it has none, or could not be asked. */
export const viewClock = (status: ClockStatus | undefined, now: number): MachineClockView | null =>
  status === undefined
    ? null
    : {
        deadline: new Date(status.deadline * 1000).toISOString(),
        endsBy: new Date(now + endsWithin(status) * 1000).toISOString(),
        holdLeftSeconds: status.holdLeft,
        ending: status.ending,
        keeper: status.keeper,
        survivesReboot: status.survivesReboot,
        by: status.by
      }

const placeOf = ({ host, port, user }: SshTarget): string =>
  `${user}@${host.includes(":") ? `[${host}]` : host}:${port}`

const hostKeyOf = ({ hostKey }: SshTarget, record: ResourceRecord | undefined): MachineSshView["hostKey"] => {
  if (hostKey === undefined) return "firstUse"
  if (record?.hostKey === hostKey) return "own"
  return record?.bootstrap === undefined ? "provider" : "setUp"
}

/** Where a machine is reached; nothing for one that is this computer, or ends. */
export const viewTarget = (target: SshTarget | undefined, record: ResourceRecord | undefined): MachineSshView | null =>
  target === undefined
    ? null
    : {
        host: target.host,
        port: target.port,
        user: target.user,
        through: target.proxyCommand === undefined ? target.jump.map(placeOf) : [target.proxyCommand],
        hostKey: hostKeyOf(target, record)
      }
