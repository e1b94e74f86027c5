import type { Timeline } from "../Timeline.ts"
import type { Image, Region, Size } from "./catalogue.ts"

export interface DropletState {
  readonly status: "new" | "active" | "off"
  readonly locked: boolean
  readonly tags: ReadonlyArray<string>
  readonly hasAddress: boolean
}

export interface Droplet {
  readonly id: number
  readonly name: string
  readonly account: Account
  readonly size: Size
  readonly region: Region
  readonly image: Image
  readonly createdAt: number
  readonly usdPerHour: number
  readonly sshKeys: ReadonlyArray<SshKey>
  readonly userData: string | undefined
  readonly features: ReadonlyArray<string>
  readonly addresses: { readonly public: string | undefined; readonly private: string }
  readonly planted: boolean
  /** What is the case, at once. */
  readonly truth: Timeline<DropletState>
  /** What a reader is shown of it: it may begin later. */
  readonly visibleFrom: number
  readonly actions: Array<Action>
  billedUntil: number | undefined
  touched: boolean
}

export interface ActionState {
  readonly status: "in-progress" | "completed" | "errored"
  readonly completedAt: number | undefined
}

export interface Action {
  readonly id: number
  readonly type: string
  readonly account: Account
  readonly resource:
    | { readonly type: "droplet"; readonly id: number }
    | { readonly type: "volume"; readonly id: string }
  readonly region: Region
  readonly startedAt: number
  readonly truth: Timeline<ActionState>
}

export interface SshKey {
  readonly id: number
  readonly publicKey: string
  readonly fingerprint: string
  readonly account: Account
  readonly truth: Timeline<{ readonly name: string }>
}

export interface Volume {
  readonly id: string
  readonly name: string
  readonly account: Account
  readonly region: Region
  readonly gigabytes: number
  readonly description: string
  readonly createdAt: number
  readonly truth: Timeline<{ readonly dropletIds: ReadonlyArray<number>; readonly tags: ReadonlyArray<string> }>
}

export interface Account {
  readonly uuid: string
  readonly email: string
  readonly name: string
  dropletLimit: number
  status: "active" | "warning" | "locked"
  readonly tags: Map<string, Timeline<true>>
}
