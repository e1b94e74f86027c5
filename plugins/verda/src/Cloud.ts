/**
 * All that is needed to work with Verda.
 *
 * @since 0.1.0
 */
import type { CloudApi as Client } from "@runctl/core/CloudApi"
import type { Beside } from "./Beside.ts"
import type { Lookup } from "./Catalogue.ts"
import type { Memory } from "./Memory.ts"
import type { Watch } from "./Watch.ts"

/** What is asked, what is known, and what is remembered. @category models @since 0.1.0 */
export interface Cloud {
  readonly client: Client
  readonly catalogue: Lookup
  readonly beside: Beside
  readonly memory: Memory
  readonly watch: Watch
}
