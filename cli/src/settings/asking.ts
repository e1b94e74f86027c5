/**
 * What a project's own file asks for that somebody has to trust. Pure.
 */
import type { RequestView } from "../output/settings.ts"
import type { SettingsFile } from "./document.ts"
import { isLimit, leaves, needsTrust } from "./merge.ts"
import { nameOf } from "./schema.ts"

/** Everything in a file that runs code or decides where a token goes, and the plugins that the project depends on. */
export const asking = (read: SettingsFile, dependencies: ReadonlyArray<string>): ReadonlyArray<RequestView> => [
  ...leaves(read.settings)
    .filter(([path]) => needsTrust(path) || isLimit(path))
    .map(([path, value]) => ({ key: nameOf(path), value })),
  ...dependencies.map((name) => ({ key: "dependency", value: name }))
]
