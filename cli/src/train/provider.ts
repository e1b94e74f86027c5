/**
 * Which provider is asked when no flag names one. Pure.
 */
import type { Loaded } from "../settings/load.ts"
import type { RentFlags } from "./placement.ts"

/** Flags that say what a machine must be: then prices decide whose. */
const deciding = [
  "gpu",
  "gpus",
  "gpu-memory",
  "cpu",
  "memory",
  "disk",
  "region",
  "zone",
  "label",
  "image",
  "spot",
  "max-price"
] as const satisfies ReadonlyArray<keyof RentFlags>

/**
 * The provider that the configuration names. Where nobody names one, prices decide between all as soon as anything is
 * asked of the machine; else it is this computer.
 */
export const unnamedProvider = (
  { entries, settings }: Pick<Loaded, "entries" | "settings">,
  flags: RentFlags,
  instanceType?: string
): string => {
  const named = entries.find(({ path, trusted }) => trusted && path.length === 1 && path[0] === "provider")
  if (named !== undefined && named.origin._tag !== "Default") return settings.provider ?? "local"
  const isPicky = deciding.some((name) => flags[name] !== undefined && flags[name] !== false)
  return isPicky || instanceType !== undefined ? "any" : "local"
}
