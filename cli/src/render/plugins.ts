/**
 * Plugins as text.
 */
import type { PluginView } from "../output/plugins.ts"
import type { Style } from "./style.ts"
import { clean, table } from "./table.ts"

/** What `plugins list` prints. */
export const renderPlugins = (plugins: ReadonlyArray<PluginView>, style: Style): string =>
  [
    table(
      [{ title: "PLUGIN" }, { title: "VERSION" }, { title: "KIND" }, { title: "PROVIDES" }, { title: "FROM" }],
      plugins.map(({ kind, name, origin, problem, provides, version }) => [
        problem === null ? clean(name) : style.yellow(clean(name)),
        clean(version ?? "-"),
        kind,
        clean(provides.join(", ") || "-"),
        clean(origin)
      ]),
      style
    ),
    ...plugins.flatMap(({ name, problem }) =>
      problem === null ? [] : [style.yellow(`${clean(name)}: ${clean(problem)}`)]
    )
  ].join("\n")

/** `runctl-plugin-x 1.2.0 is there: provider x` */
export const cameText = ({ kind, name, provides, version }: PluginView): string =>
  `${clean(name)} ${clean(version ?? "")} is there: ${kind === "provider" ? "provider" : "commands"} ${clean(provides.join(", "))}`
