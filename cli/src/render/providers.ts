/**
 * Providers as text.
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { ProviderOutput, ProvidersOutput, ProviderView } from "../output/providers.ts"
import type { Style } from "./style.ts"
import { clean, fields, table } from "./table.ts"
import { bytes } from "./units.ts"

const credentials = { none: "none needed", found: "found", missing: "not found" } as const

const usable = (view: ProviderView, style: Style): string => {
  if (!view.usable) return style.red("no")
  return view.credentials === "missing" ? style.yellow("without credentials") : style.green("yes")
}

/** What `providers list` prints. */
export const renderProviders = ({ broken, providers }: ProvidersOutput, style: Style): string => {
  const rows = providers.map((view) => [
    view.name,
    clean(view.title),
    usable(view, style),
    credentials[view.credentials],
    clean(view.origin)
  ])
  const columns = [
    { title: "PROVIDER" },
    { title: "TITLE" },
    { title: "USABLE" },
    { title: "CREDENTIALS" },
    { title: "FROM" }
  ]
  const refused = providers.flatMap(({ name, why }) => (why === null ? [] : [`${name}: ${clean(why)}`]))
  return [
    table(columns, rows, style),
    ...refused.map(style.yellow),
    ...broken.map(({ origin, why }) => style.yellow(`${clean(origin)}: ${clean(why)}`))
  ].join("\n")
}

const spot = { none: "no", interruptible: "yes, and may be taken back", bid: "yes, at a price that you name" } as const

const stop = {
  none: "no: only terminate",
  nothing: "yes, and costs nothing while stopped",
  disk: "yes, and the disk is still billed",
  everything: "yes, and everything is still billed"
} as const

const idempotency = {
  token: "one machine, by the provider's own token",
  name: "one machine, by its name",
  tag: "found again by its tag",
  none: "not known to the provider: a surplus machine is looked for and ended"
} as const

const endAction = {
  terminates: "ends itself and all of its billing",
  stopsPartBilling: "stops itself; part of it goes on being billed",
  stopsJobOnly: "ends the job; it cannot end its own billing"
} as const

const userData = (data: Capabilities["userData"]): string =>
  data === "none" ? "no" : `${data.formats.join(" or ")}, up to ${bytes(data.maxBytes)}`

/** What `providers show` prints. */
export const renderProvider = ({ provider }: ProviderOutput, style: Style): string => {
  const { capabilities } = provider
  const places = provider.lookedFor.map(({ found, kind, name }) => {
    const shown = kind === "environment" ? `$${name}` : name
    return `${clean(shown)} (${found ? style.green("found") : "not there"})`
  })
  const endpoint =
    provider.endpoint === null
      ? "the provider's own"
      : `${clean(provider.endpoint)} (from ${clean(provider.endpointFrom ?? "?")})`
  const { contract, effect, package: from, problems } = provider
  const told = problems.map(({ message, status }) =>
    status === "fail" ? style.red(clean(message)) : style.yellow(clean(message))
  )
  return fields(
    [
      ["provider", `${style.bold(provider.name)}: ${clean(provider.title)}`],
      ["usable", `${usable(provider, style)}${provider.why === null ? "" : `: ${clean(provider.why)}`}`],
      ["from", clean(provider.origin)],
      ...(from === null
        ? []
        : [["package", clean(`${from.name} ${from.version ?? "without a version"}, ${from.folder}`)] as const]),
      ["contract", `${contract}${effect === null ? "" : `, built for Effect ${clean(effect)}`}`],
      ["problems", told.length === 0 ? "none" : told.join("\n")],
      ["endpoint", endpoint],
      ["credentials", places.length === 0 ? "none needed" : places.join("\n")],
      ["runs", capabilities.runMode === "machine" ? "machines with a shell" : "jobs, without a shell"],
      ["spot", spot[capabilities.spot]],
      ["stop", stop[capabilities.stop]],
      ["asked twice", idempotency[capabilities.idempotency]],
      ["at boot", userData(capabilities.userData)],
      ["at deadline", `the machine ${endAction[capabilities.endAction]}`],
      ["groups", capabilities.groupCreate ? "yes" : "one machine at a time"]
    ],
    style
  )
}
