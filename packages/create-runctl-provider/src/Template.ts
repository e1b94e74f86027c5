/**
 * The files of a new plugin: those of the example, with its names replaced.
 *
 * @since 0.1.0
 */
import { files } from "./internal/files.ts"
import type { ProviderName } from "./ProviderName.ts"

/**
 * One file: where it goes in the plugin's folder, and what is in it.
 *
 * @category models
 * @since 0.1.0
 */
export interface TemplateFile {
  readonly path: string
  readonly content: string
}

/** What stands in the template where each form of the name belongs. */
const example: ProviderName = {
  name: "fernhill",
  title: "Fernhill",
  variable: "FERNHILL",
  packageName: "runctl-plugin-fernhill"
}

/**
 * All files of a plugin of that name, for a version of runctl.
 *
 * @category constructors
 * @since 0.1.0
 */
export const filesFor = (name: ProviderName, version: string): ReadonlyArray<TemplateFile> => {
  const forms = new Map([
    [example.name, name.name],
    [example.title, name.title],
    [example.variable, name.variable],
    ["RUNCTL_VERSION", `^${version}`]
  ])
  const named = (text: string): string =>
    text.replaceAll(/fernhill|Fernhill|FERNHILL|RUNCTL_VERSION/g, (form) => forms.get(form) ?? form)
  return files.map(([path, content]) => ({ path: named(path), content: named(content) }))
}
