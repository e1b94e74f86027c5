/**
 * What lies in a folder on a machine, asked with the tools that are there.
 *
 * @since 0.1.0
 */
import { quote } from "./internal/quote.ts"

/**
 * One thing on a machine. `path` is relative to the folder asked for.
 *
 * **Units**  mtimeSeconds: whole seconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export interface Entry {
  readonly path: string
  readonly kind: "file" | "link" | "folder" | "other"
  readonly bytes: number
  readonly mtimeSeconds: number
  readonly mode: number
}

/** Folders that tools make and that are nobody's result. @category constants @since 0.1.0 */
export const dependencyFolders: ReadonlyArray<string> = [
  "node_modules",
  ".venv",
  "venv",
  "__pycache__",
  ".ipynb_checkpoints",
  ".pytest_cache",
  ".mypy_cache",
  ".ruff_cache",
  ".cache",
  ".git"
]

/** What of a folder is listed. @category models @since 0.1.0 */
export interface ListingOptions {
  readonly prune?: ReadonlyArray<string>
  readonly filesOnly?: boolean
  /** These entries alone, as far as they are there; or words of `sh` that name them. */
  readonly only?: ReadonlyArray<string> | string
}

/**
 * A `sh` fragment that prints every entry of the folder where it runs, each line begun by `nonce`, a word no file name
 * contains.
 *
 * @category scripts
 * @since 0.1.0
 */
export const here = (nonce: string, options: ListingOptions = {}): string => {
  const names = (options.prune ?? []).map((name) => `-name ${quote(name)}`).join(" -o ")
  const prune = names === "" ? "" : `\\( ${names} \\) -prune -o `
  const what = options.filesOnly === true ? "-type f " : ""
  const { only = "." } = options
  const from = typeof only === "string" ? only : only.map((name) => quote(`./${name}`)).join(" ")
  const list = (flags: string): string => `find ${from} ${prune}${what}-exec stat ${flags} {} +`
  return (
    `if stat -c %s . >/dev/null 2>&1; then ${list(`-c '${nonce} %s %Y %f %n'`)}; ` +
    `else ${list(`-f '${nonce} %z %m %Xp %N'`)}; fi\n`
  )
}

/** `here` in another folder; nothing for one that does not exist. @category scripts @since 0.1.0 */
export const script = (folder: string, nonce: string, options: ListingOptions = {}): string =>
  `if [ -d ${quote(folder)} ]; then (cd ${quote(folder)} && ${here(nonce, options).trimEnd()}); fi\n`

const kinds: Readonly<Record<number, Entry["kind"]>> = { 0x8000: "file", 0xa000: "link", 0x4000: "folder" }

/** The entries behind what `script` printed. @category parsing @since 0.1.0 */
export const parse = (output: string, nonce: string): ReadonlyArray<Entry> =>
  output
    .replace(/\n$/, "")
    .split(new RegExp(`(?:^|\n)${nonce} `))
    .slice(1)
    .flatMap((record) => {
      const [, bytes, mtime, mode, path] = /^(\d+) (-?\d+) ([0-9a-f]+) \.\/([\s\S]+)$/.exec(record) ?? []
      if (bytes === undefined || mtime === undefined || mode === undefined || path === undefined) return []
      const bits = Number.parseInt(mode, 16)
      const kind = kinds[bits & 0xf000] ?? "other"
      return [{ path, kind, bytes: Number(bytes), mtimeSeconds: Number(mtime), mode: bits & 0o777 }]
    })
