/**
 * Every provider there is, from manifests alone: no plugin's code is opened.
 */
import { UnknownProvider, type ProviderSource, whyNot } from "@runctl/core/ProviderRegistry"
import type { ProviderOutput, ProvidersOutput, ProviderView } from "../output/providers.ts"
import type { Loaded } from "../settings/load.ts"
import { originText } from "../settings/merge.ts"
import { type Environment } from "../settings/places.ts"
import { lookedFor, summaryOf } from "./credentials.ts"
import type { Search } from "./sources.ts"

/** The endpoint that is configured for a provider, and where. */
const endpointOf = (name: string, { entries }: Loaded) => {
  const entry = entries.findLast(
    ({ path, trusted }) => trusted && path[0] === "providers" && path[1] === name && path[2] === "endpoint"
  )
  return entry === undefined ? undefined : { value: String(entry.value), from: originText(entry.origin) }
}

const viewOf = (source: ProviderSource, others: ReadonlyArray<ProviderSource>, loaded: Loaded, env: Environment) => {
  const { manifest, origin } = source
  const twin = others.find((other) => other !== source && other.manifest.name === manifest.name)
  const why =
    whyNot(source) ?? (twin === undefined ? undefined : `${twin.origin} has the same name: remove one of them.`)
  const places = lookedFor(manifest.credentials, env)
  const endpoint = endpointOf(manifest.name, loaded)
  const view: ProviderView = {
    name: manifest.name,
    title: manifest.title,
    origin,
    usable: why === undefined,
    why: why ?? null,
    credentials: summaryOf(places),
    endpoint: endpoint?.value ?? null
  }
  return { ...view, endpointFrom: endpoint?.from ?? null, lookedFor: places, capabilities: manifest.capabilities }
}

/** All of them, by name. */
export const allProviders = ({ broken, sources }: Search, loaded: Loaded, env: Environment): ProvidersOutput => ({
  providers: sources
    .map((source) => {
      const { capabilities: _, endpointFrom: __, lookedFor: ___, ...view } = viewOf(source, sources, loaded, env)
      return view
    })
    .toSorted((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0)),
  broken
})

/** Everything about one. Throws `UnknownProvider`, with what was meant. */
export const oneProvider = ({ sources }: Search, name: string, loaded: Loaded, env: Environment): ProviderOutput => {
  const source = sources.find(({ manifest }) => manifest.name === name)
  if (source === undefined) {
    throw new UnknownProvider({ name, known: sources.map(({ manifest }) => manifest.name).toSorted() })
  }
  return { provider: viewOf(source, sources, loaded, env) }
}
