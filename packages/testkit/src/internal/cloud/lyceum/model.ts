import type { Timeline } from "../Timeline.ts"
import type { Market, Profile } from "./catalogue.ts"

/** Words of the API; what happens on the way out is shown as nothing else than the end. */
export type Status = "pending" | "ready" | "stopped" | "failed" | "terminated"

export interface VmState {
  readonly status: Status
  /** A machine may be ready before anybody is told where. */
  readonly hasAddress: boolean
}

export interface Vm {
  readonly id: string
  /** The vendor's own name of it, which says nothing. */
  readonly name: string
  readonly displayName: string | undefined
  readonly account: Account
  readonly profile: Profile
  readonly count: number
  readonly market: Market
  readonly publicKey: string
  readonly createdAt: number
  readonly usdPerHour: number
  readonly host: string
  /** As it is shown. */
  readonly address: string
  readonly planted: boolean
  readonly truth: Timeline<VmState>
  /** What is new may not show at once. */
  readonly visibleFrom: number
  /** What it does not do before it is up, it does not cost. */
  billedFrom: number | undefined
  billedUntil: number | undefined
  touched: boolean
}

export interface Account {
  readonly userId: string
  readonly orgId: string
  readonly email: string
  /** Paid in advance. */
  credits: number
  isActive: boolean
}
