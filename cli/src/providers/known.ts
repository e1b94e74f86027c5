/**
 * Every provider there is, from manifests alone: no plugin's code is opened.
 */
import { ProviderDisabled, UnknownProvider, whyNot } from "@runctl/core/ProviderRegistry"
import type { ProviderOutput, ProvidersOutput, ProviderView } from "../output/providers.ts"
import type { Loaded } from "../settings/load.ts"
import { originText } from "../settings/merge.ts"
import { type Environment } from "../settings/places.ts"
import { lookedFor, summaryOf } from "./credentials.ts"
import { packageView, problemsOf } from "./problems.ts"
import type { FoundProvider, Search } from "./sources.ts"

/** The endpoint that is configured for a provider, and where. */
const endpointOf = (name: string, { entries }: Loaded) => {
  const entry = entries.findLast(
    ({ path, trusted }) => trusted && path[0] === "providers" && path[1] === name && path[2] === "endpoint"
  )
  return entry === undefined ? undefined : { value: String(entry.value), from: originText(entry.origin) }
}

const viewOf = (source: FoundProvider, others: ReadonlyArray<FoundProvider>, loaded: Loaded, env: Environment) => {
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
  broken: broken.map(({ origin, why }) => ({ origin, why }))
})

/** The one of that name. Throws `UnknownProvider` with what was meant, and what is wrong with one that cannot be used. */
export const sourceNamed = ({ broken, sources }: Search, name: string): FoundProvider => {
  const source = sources.find(({ manifest }) => manifest.name === name)
  if (source !== undefined) return source
  const unusable = broken.find(({ names, origin }) => names.includes(name) || origin === name)
  if (unusable !== undefined) {
    throw new ProviderDisabled({ name, origin: unusable.origin, why: unusable.why })
  }
  throw new UnknownProvider({ name, known: sources.map(({ manifest }) => manifest.name).toSorted() })
}

/** Everything about one, but what its code would tell. */
export const oneProvider = (found: Search, name: string, loaded: Loaded, env: Environment): ProviderOutput => {
  const source = sourceNamed(found, name)
  const view = viewOf(source, found.sources, loaded, env)
  const problems = [
    ...(view.why === null ? [] : [{ status: "fail" as const, message: view.why }]),
    ...(source.folder === undefined ? [] : problemsOf(source.folder, source.manifest))
  ]
  return {
    provider: {
      ...view,
      contract: source.manifest.api,
      effect: source.manifest.effect ?? null,
      package: source.folder === undefined ? null : packageView(source.folder),
      problems
    }
  }
}
