import type { MachineDescription } from "../../cloud/CloudCore.ts"

/** Who carries out user data. */
export type Runner = "cloud-init" | "interpreter"

export interface MachineSettings {
  readonly machine: MachineDescription
  readonly runner: Runner
  /** What it is to boot wants and does not get. */
  readonly onProblem: (message: string) => void
}
