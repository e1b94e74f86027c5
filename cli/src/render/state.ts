/**
 * A machine's state as text.
 */
import type { ResourceState } from "@runctl/core/ResourceState"

/** `Running`, or what went wrong. */
export const shownState = (state: ResourceState): string =>
  state._tag === "Error" ? `Error: ${state.message}` : state._tag
