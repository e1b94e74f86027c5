import type { Surroundings } from "../cloud/CloudCore.ts"
import { fingerprint } from "./fingerprint.ts"
import type { Runner } from "./machines/MachineSettings.ts"

/** Of what stands around a cloud. */
export interface ServeOptions {
  /** A free one without it. */
  readonly port?: number | undefined
  /** Where emulated time begins; now. */
  readonly startMillis?: number | undefined
  /** How many emulated seconds a second has; 0 stands still until it is advanced. */
  readonly timeScale?: number | undefined
  /** Real milliseconds that every answer takes longer. */
  readonly latencyMillis?: number | undefined
  /** Whether what is not allowed is refused, or only written down; it is refused. */
  readonly refusesViolations?: boolean | undefined
  /** Whether each rented machine is one behind a real sshd; `none` without it. */
  readonly machines?: "none" | "ssh" | undefined
  /** Where they listen at addresses of their own; 22, which is root's. */
  readonly sshPort?: number | undefined
  /** Who carries out their user data; cloud-init itself, where that is installed. */
  readonly userData?: Runner | undefined
  /** A folder with the vendor's description under the cloud's name for it, or such a file: every request and answer is held to it. */
  readonly openApi?: string | undefined
}

/** Nobody's: it is set aside for measurements. */
const benchmarkNetwork = (index: number): string => `198.18.${(index >> 8) & 255}.${index & 255}`

const firstMapped = 20_000

/** The port that belongs to the nth machine where all of them share an address. */
export const mappedPort = (index: number): number => firstMapped + (index % 10_000)

/** What is around a cloud that only answers. */
export const withoutHands = (origin: () => string): Surroundings => ({
  origin,
  hasHands: false,
  address: benchmarkNetwork,
  port: 22,
  mapped: (index) => ({ host: benchmarkNetwork(0), port: mappedPort(index) }),
  fingerprint
})
