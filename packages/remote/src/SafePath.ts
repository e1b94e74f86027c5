/**
 * Names from a machine, before they become names of local files.
 *
 * @since 0.1.0
 */

/**
 * The name without leading `./`, or `undefined` for one that could lead out of the folder it belongs to: absolute, with
 * `..`, with an empty part, with a NUL, or, where folders are separated by backslashes, with one of those or a drive.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (name: string, separator: string): string | undefined => {
  const path = name.replace(/^(\.\/)+/, "")
  if (path.includes("\0") || (separator === "\\" && /[\\:]/.test(path))) return undefined
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..") ? path : undefined
}
