/**
 * What waits for somebody, in one line.
 */
import { count } from "./units.ts"

/** `2 machines and 1 run wait to be looked after and no supervisor runs: …` */
export const waitingText = ({ machines, runs }: { readonly machines: number; readonly runs: number }): string => {
  const what = [...(machines === 0 ? [] : [count(machines, "machine")]), ...(runs === 0 ? [] : [count(runs, "run")])]
  const verb = machines + runs === 1 ? "waits" : "wait"
  return `${what.join(" and ")} ${verb} to be looked after and no supervisor runs: \`runctl resources recover\``
}
