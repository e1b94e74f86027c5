/**
 * Colors, where they are wanted: on a terminal, without NO_COLOR.
 */

/** Wraps text in a color, or leaves it as it is. */
export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly cyan: (text: string) => string
}

const wrap =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001B[${open}m${text}\u001B[${close}m`

const same = (text: string): string => text

/** No colors at all. */
export const plain: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same }

const colored: Style = {
  bold: wrap(1, 22),
  dim: wrap(2, 22),
  red: wrap(31, 39),
  green: wrap(32, 39),
  yellow: wrap(33, 39),
  cyan: wrap(36, 39)
}

/**
 * Whether colors are wanted.
 *
 * @source https://no-color.org (read 2026-11-21)
 */
export const wantsColor = (isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean => {
  if (env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "") return false
  if (env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0") return true
  return isTerminal && env["TERM"] !== "dumb"
}

/** The style for a stream of this process. */
export const styleOf = (stream: { readonly isTTY?: boolean }): Style =>
  wantsColor(stream.isTTY === true, process.env) ? colored : plain
