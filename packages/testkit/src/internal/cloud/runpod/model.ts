import type { Timeline } from "../Timeline.ts"
import type { CreatePod } from "./schemas.ts"

export interface PodState {
  readonly status: "PROVISIONING" | "RUNNING" | "EXITED" | "ERROR"
  /** Whether its port of SSH is known; it may run before. */
  readonly isReachable: boolean
  readonly gpus: number
  readonly startedAt: number | undefined
}

/** From when on it costs how much. **Units**  US dollars per hour */
export interface Rate {
  readonly from: number
  readonly usdPerHour: number
}

export interface Pod {
  readonly id: string
  readonly number: number
  readonly name: string
  readonly image: string
  readonly args: string
  readonly env: Readonly<Record<string, string>>
  readonly ports: ReadonlyArray<string>
  readonly disk: number
  readonly mounts: NonNullable<CreatePod["mounts"]>
  readonly registry: string | null
  readonly cloud: "SECURE" | "COMMUNITY"
  readonly dataCenter: string
  readonly gpu: { readonly id: string; readonly vcpus: number; readonly memory: number } | undefined
  readonly cpu: { readonly id: string; readonly vcpuCount: number; readonly memory: number } | undefined
  readonly usdPerHour: number
  readonly host: string
  /** The port of each start; it is another one every time. */
  port: number
  readonly createdAt: number
  readonly visibleFrom: number
  readonly key: string
  readonly planted: boolean
  readonly truth: Timeline<PodState>
  readonly rates: Array<Rate>
  billedUntil: number | undefined
  locked: boolean
  touched: boolean
}
