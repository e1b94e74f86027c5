import type { Timeline } from "../Timeline.ts"
import type { Host } from "./catalogue.ts"

export interface Account {
  readonly id: number
  readonly email: string
  /** In US dollars; without any nothing can be rented. */
  credit: number
}

/** The three layers of a contract's state, and what its owner may change. */
export interface InstanceState {
  readonly actual: string | null
  readonly current: "loading" | "running" | "stopped"
  readonly next: "running" | "stopped"
  readonly intended: "running" | "stopped"
  readonly message: string | null
  readonly label: string | null
}

export interface Instance {
  readonly id: number
  readonly account: Account
  readonly host: Host
  readonly gpus: number
  readonly isBid: boolean
  /** What its GPUs cost in an hour: the host's price, or the bid. */
  readonly gpuUsdPerHour: number
  readonly diskGb: number
  readonly image: string
  readonly runtype: string
  readonly onstart: string | null
  readonly env: Readonly<Record<string, string>>
  /** May start, stop and destroy it, and nothing else. */
  readonly key: string
  readonly createdAt: number
  readonly planted: boolean
  readonly index: number
  readonly truth: Timeline<InstanceState>
  readonly visibleFrom: number
  /** When its GPUs were charged. */
  readonly runs: Array<{ readonly from: number; until: number | undefined }>
  readonly sshKeys: Array<string>
  billedUntil: number | undefined
  touched: boolean
}

/** So many GPUs of a host; its id is good until any of the host's GPUs are taken or given back. */
export interface Ask {
  readonly id: number
  readonly host: Host
  readonly gpus: number
}

export interface Token {
  readonly account: Account
  /** The one instance that a key of an instance's own is for. */
  readonly instance: number | undefined
}
