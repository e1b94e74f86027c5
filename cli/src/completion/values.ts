/**
 * What can be typed that only runctl knows: read from its files, in the time between two keys.
 */
import { resourceId } from "@runctl/core/Resource"
import { open, type Remembered } from "../fast/remembered.ts"
import { installedPlugins, search } from "../providers/sources.ts"
import { clean } from "../render/table.ts"
import { keyNames } from "../settings/edit.ts"
import { here, load } from "../settings/load.ts"
import { stateFolder } from "../settings/places.ts"
import { isLive } from "../views/resource.ts"
import type { Known } from "./words.ts"

const runsIn = ({ runs }: Remembered): ReadonlyArray<string> => [
  ...new Set(runs.flatMap(({ id, spec }) => [spec.name, id]))
]

const machinesIn = ({ resources }: Remembered): ReadonlyArray<string> =>
  resources
    .filter(isLive)
    .flatMap(({ label, mark, offer, provider, resource }) => [
      resource?.id ?? resourceId(provider, offer.region, mark.key),
      ...(label === undefined ? [] : [label])
    ])

const listOf = (known: Known): ReadonlyArray<string> => {
  const remembered = (): Remembered =>
    open(stateFolder(process.env)) ?? { runs: [], resources: [], supervisor: undefined, busy: new Set() }
  switch (known) {
    case "runs":
      return runsIn(remembered())
    case "machines":
      return machinesIn(remembered())
    case "ids":
      return [...runsIn(remembered()), ...machinesIn(remembered())]
    case "providers":
      return search(load(here()), process.env).sources.map(({ manifest }) => manifest.name)
    case "keys":
      return keyNames
    case "plugins":
      return installedPlugins(process.env).map(({ name }) => name)
  }
}

/** The words of a kind, each fit for one line. Whatever is wrong, completion says nothing. */
export const valuesOf = (known: Known): ReadonlyArray<string> => {
  try {
    return listOf(known).filter((word) => word !== "" && clean(word) === word)
  } catch {
    return []
  }
}
