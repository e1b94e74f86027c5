import type { CloudCore } from "../cloud/CloudCore.ts"
import type { Answer } from "../cloud/http.ts"
import type { Recorded } from "./record.ts"

interface State {
  readonly core: CloudCore
  readonly now: number
  readonly requests: ReadonlyArray<Recorded>
  readonly unproven: ReadonlyArray<string>
}

const shown = 100

/** What there is and what it costs, without what was sent: user data has keys in it. */
export const stateOf = ({ core, now, requests, unproven }: State): unknown => ({
  time: new Date(now).toISOString(),
  usd: Number(core.usd(now).toFixed(4)),
  billing: core.billing(now).length,
  machines: core.machines(now),
  requestCount: requests.length,
  requests: requests.slice(-shown).map(({ endedAt, fate, method, number, path, query, receivedAt, status }) => ({
    number,
    method,
    path,
    query,
    status,
    fate,
    receivedAt,
    endedAt
  })),
  violations: core.violations,
  unproven
})

export const statePage = (path: string, state: () => State): Answer | undefined => {
  if (!path.startsWith("/_emulator/")) return undefined
  if (path !== "/_emulator/state") return { status: 404, headers: {}, body: { message: "see /_emulator/state" } }
  return { status: 200, headers: {}, body: JSON.stringify(stateOf(state()), undefined, 2) }
}
