import type { Timeline } from "../Timeline.ts"
import type { InstanceType } from "./catalogue.ts"

export interface Account {
  readonly id: string
  readonly clientId: string
  readonly clientSecret: string
  balance: number
  instanceLimit: number
  scriptLimit: number
}

export interface Token {
  readonly account: Account
  readonly scopes: "all" | "none"
  readonly until: number
}

export interface Tag {
  readonly id: string
  readonly key: string
  readonly value: string
}

export type Status =
  | "provisioning"
  | "running"
  | "offline"
  | "deleting"
  | "discontinued"
  | "error"
  | "installation_failed"
  | "no_capacity"

export interface InstanceState {
  readonly status: Status
  readonly hasAddress: boolean
  readonly tags: ReadonlyArray<Tag>
}

export type OnDiscontinue = "keep_detached" | "move_to_trash" | "delete_permanently"

export interface Instance {
  readonly id: string
  readonly hostname: string
  readonly description: string
  readonly account: Account
  readonly type: InstanceType
  readonly location: string
  readonly isSpot: boolean
  readonly image: string
  readonly keys: ReadonlyArray<SshKey>
  readonly script: Script | undefined
  readonly osVolume: Volume | undefined
  readonly createdAt: number
  readonly usdPerHour: number
  readonly address: string
  readonly planted: boolean
  readonly visibleFrom: number
  readonly truth: Timeline<InstanceState>
  /** Something is under way that has not ended. */
  isBusy: boolean
  billedUntil: number | undefined
  touched: boolean
}

export interface VolumeState {
  readonly status: "attached" | "detached" | "trash" | "deleted"
  readonly instance: string | undefined
}

export interface Volume {
  readonly id: string
  readonly name: string
  readonly account: Account
  readonly gigabytes: number
  readonly isOs: boolean
  readonly location: string
  readonly createdAt: number
  readonly onDiscontinue: OnDiscontinue
  readonly planted: boolean
  readonly truth: Timeline<VolumeState>
  /** Nothing of it is left then. */
  billedUntil: number | undefined
}

export interface SshKey {
  readonly id: string
  readonly name: string
  readonly publicKey: string
  readonly fingerprint: string | undefined
  readonly account: Account
  readonly truth: Timeline<true>
}

export interface Script {
  readonly id: string
  readonly name: string
  readonly text: string
  readonly account: Account
  readonly createdAt: number
  readonly truth: Timeline<true>
}

export interface Event {
  readonly id: string
  readonly instance: Instance
  readonly action: string
  readonly at: number
  /** Nobody's, where the vendor did it. */
  readonly actor: string | undefined
  readonly reason: string | undefined
  readonly error: string | undefined
}
