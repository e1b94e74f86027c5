/**
 * Configuration and trust as text.
 */
import type { ConfigShowOutput, RequestView, TrustListOutput } from "../output/settings.ts"
import type { Style } from "./style.ts"
import { clean, fields, table } from "./table.ts"

/** A value on one line. */
export const valueText = (value: unknown): string =>
  clean(typeof value === "string" ? value : Array.isArray(value) ? value.map(String).join(", ") : JSON.stringify(value))

/** What `config show` prints. */
export const renderSettings = ({ projectFile, userFile, values }: ConfigShowOutput, style: Style): string => {
  const rows = values.map(({ key, origin, trusted, value }) => [
    clean(key),
    trusted ? valueText(value) : style.yellow(valueText(value)),
    trusted ? clean(origin) : `${clean(origin)} ${style.yellow("(not trusted: does not count)")}`
  ])
  const list =
    rows.length === 0 ? "Not set." : table([{ title: "KEY" }, { title: "VALUE" }, { title: "FROM" }], rows, style)
  const files = fields(
    [
      ["your file", userFile],
      ["project", projectFile ?? "none: no runctl.yaml here or above"]
    ],
    style
  )
  return `${list}\n\n${files}`
}

/** What a project's own file asks for. */
export const renderRequests = (file: string, asks: ReadonlyArray<RequestView>, style: Style): string => {
  const lines = asks.map(({ key, value }): readonly [string, string] => [`  ${clean(key)}`, valueText(value)])
  return `${style.bold(file)} asks for what runs code or receives a token:\n${fields(lines, style)}`
}

/** What `trust --list` prints. */
export const renderTrusted = ({ files }: TrustListOutput, style: Style): string =>
  files.length === 0
    ? "No project is trusted."
    : table(
        [{ title: "FILE" }, { title: "STATE" }],
        files.map(({ file, state }) => [clean(file), state === "trusted" ? style.green(state) : style.yellow(state)]),
        style
      )
