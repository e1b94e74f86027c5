/**
 * Machines as text.
 */
import type { ListOutput, ResourceView } from "../output/resources.ts"
import type { Style } from "./style.ts"
import { clean, fields, table } from "./table.ts"
import { count, relative, usd, usdPerHour } from "./units.ts"

const stateOf = ({ ownership, state }: ResourceView, style: Style): string => {
  // What should not be there is no good news, whatever it does.
  if (ownership !== "ours") return style.yellow(`${state}, ${ownership}`)
  if (state === "Running") return style.green(state)
  return state === "Error" || state === "Unknown" ? style.red(state) : state
}

/** What is said below a list that holds more than it should. */
const strayText = (resources: ReadonlyArray<ResourceView>): ReadonlyArray<string> => {
  const amount = resources.filter(({ ownership }) => ownership !== "ours").length
  return amount === 0
    ? []
    : [
        `${count(amount, "machine is", "machines are")} held by nobody here: \`runctl resources orphans\` says why and what to do`
      ]
}

/** A table of machines. */
export const renderResources = (resources: ReadonlyArray<ResourceView>, style: Style, now: number): string =>
  table(
    [
      { title: "MACHINE" },
      { title: "LABEL" },
      { title: "STATE" },
      { title: "TYPE" },
      { title: "PRICE", isNumber: true },
      { title: "SO FAR", isNumber: true },
      { title: "DEADLINE" }
    ],
    resources.map((resource) => [
      resource.id,
      clean(resource.label ?? "-"),
      stateOf(resource, style),
      resource.instanceType ?? "-",
      usdPerHour(resource.usdPerHour),
      usd(resource.estimatedUsd),
      resource.deadline === null || resource.endedBy !== null ? "-" : relative(Date.parse(resource.deadline), now)
    ]),
    style
  )

/** What `list` prints. */
export const renderList = (list: ListOutput, style: Style, now: number): string => {
  const lines = [
    list.resources.length === 0
      ? "No machines. Nothing is being paid for."
      : renderResources(list.resources, style, now),
    ...strayText(list.resources).map(style.yellow),
    ...(list.others === 0 ? [] : [style.dim(`+${list.others} of others`)]),
    ...list.failures.map(({ provider, message }) => style.yellow(`${provider} could not be asked: ${clean(message)}`))
  ]
  return lines.join("\n")
}

/** Everything about one machine. */
export const renderResource = (resource: ResourceView, style: Style, now: number): string => {
  const entries: ReadonlyArray<readonly [string, string | null]> = [
    ["machine", resource.id],
    ["label", resource.label === null ? null : clean(resource.label)],
    ["state", `${stateOf(resource, style)}${resource.live ? "" : " (as remembered)"}`],
    ["message", resource.message === null ? null : clean(resource.message)],
    ["type", resource.instanceType],
    ["run", resource.run],
    ["price", usdPerHour(resource.usdPerHour)],
    ["so far", usd(resource.estimatedUsd)],
    ["requested", resource.requestedAt],
    [
      "deadline",
      resource.deadline === null ? null : `${resource.deadline} (${relative(Date.parse(resource.deadline), now)})`
    ],
    ["ended by", resource.endedBy]
  ]
  return fields(
    entries.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
    style
  )
}

/** `2 machines` */
export const machines = (amount: number): string => count(amount, "machine")
