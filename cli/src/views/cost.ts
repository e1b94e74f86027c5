/**
 * What machines have cost, summed up. Pure.
 */
import { sum, zero } from "@runctl/core/Money"
import { accrued } from "@runctl/runtime/ResourceProjection"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import type { CostOutput, CostRow } from "../output/cost.ts"
import { dayOf } from "../train/limits.ts"

const hoursOf = ({ endedAt, provisionedAt }: ResourceRecord, now: number): number =>
  provisionedAt === undefined ? 0 : Math.max(0, (endedAt ?? now) - provisionedAt) / 3_600_000

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits

const row = (key: string, records: ReadonlyArray<ResourceRecord>, now: number): CostRow => ({
  key,
  machines: records.length,
  hours: round(
    records.reduce((total, record) => total + hoursOf(record, now), 0),
    4
  ),
  estimatedUsd: sum(records.map((record) => accrued(record, now) ?? zero)) / 1e9,
  chargedUsd: sum(records.map(({ chargedNanoUsd }) => chargedNanoUsd ?? zero)) / 1e9,
  unknownPrices: records.filter((record) => accrued(record, now) === undefined).length
})

const keyOf = (record: ResourceRecord, by: CostOutput["by"], names: ReadonlyMap<string, string>): string => {
  if (by === "provider") return record.provider
  if (by === "day") return dayOf(new Date(record.provisionedAt ?? record.requestedAt))
  return record.run === undefined ? "(no run)" : (names.get(record.run) ?? record.run)
}

/** Groups machines by run, provider or the day they were rented. `names` are the runs' names. */
export const viewCost = (
  records: ReadonlyArray<ResourceRecord>,
  by: CostOutput["by"],
  names: ReadonlyMap<string, string>,
  now: number
): CostOutput => {
  const counted = records.filter(({ phase }) => phase !== "Failed")
  const groups = Map.groupBy(counted, (record) => keyOf(record, by, names))
  return {
    by,
    rows: [...groups].map(([key, group]) => row(key, group, now)),
    total: row("total", counted, now)
  }
}
