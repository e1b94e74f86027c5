/**
 * Ranges of Effect's versions, as package.json files write them. Pure.
 */

type Version = readonly [major: number, minor: number, patch: number]

/** From the first on and below the second. */
interface Span {
  readonly from: Version
  readonly below: Version
}

const endless: Version = [Infinity, 0, 0]
const zero: Version = [0, 0, 0]
const everything: Span = { from: zero, below: endless }

const compare = (left: Version, right: Version): number =>
  left[0] - right[0] || left[1] - right[1] || left[2] - right[2]

/** What stands before the first missing or `x` part of a version; pre-releases count as what they lead to. */
const partsOf = (text: string): ReadonlyArray<number> | undefined => {
  const [, ...found] = /^v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:[-+][\w.+-]+)?$/.exec(text) ?? []
  if (found.length === 0) return undefined
  const numbers = found.map((part) => (part === undefined || /^[xX*]$/.test(part) ? undefined : Number(part)))
  const open = numbers.indexOf(undefined)
  return numbers.slice(0, open === -1 ? 3 : open).map(Number)
}

const padded = ([major = 0, minor = 0, patch = 0]: ReadonlyArray<number>): Version => [major, minor, patch]

/** The first version in which the part at `index` is greater. */
const after = (parts: ReadonlyArray<number>, index: number): Version =>
  index < 0 ? endless : padded(parts.slice(0, index + 1).map((part, at) => (at === index ? part + 1 : part)))

/** `^` holds the first part that is not 0. */
const held = (parts: ReadonlyArray<number>): number => {
  const first = parts.findIndex((part) => part > 0)
  return first === -1 ? parts.length - 1 : first
}

const spanOf = (operator: string, parts: ReadonlyArray<number>): Span => {
  const from = padded(parts)
  const last = parts.length - 1
  switch (operator) {
    case "^":
      return { from, below: after(parts, held(parts)) }
    case "~":
      return { from, below: after(parts, Math.min(1, last)) }
    case ">=":
      return { from, below: endless }
    case ">":
      return { from: after(parts, last), below: endless }
    case "<":
      return { from: zero, below: from }
    case "<=":
      return { from: zero, below: after(parts, last) }
    default:
      return { from, below: after(parts, last) }
  }
}

const both = (left: Span, right: Span): Span => ({
  from: compare(left.from, right.from) > 0 ? left.from : right.from,
  below: compare(left.below, right.below) < 0 ? left.below : right.below
})

/** Comparators with nothing but spaces between them: all hold. */
const conjunction = (text: string): Span | undefined => {
  const [, low, high] = /^(\S+) +- +(\S+)$/.exec(text) ?? []
  const words = low === undefined ? text.replaceAll(/([<>=^~]) +/g, "$1").split(/ +/) : [`>=${low}`, `<=${high ?? ""}`]
  let span = everything
  for (const word of words) {
    const [, operator = "", version = ""] = /^(\^|~|>=|<=|>|<|=)?(.*)$/.exec(word) ?? []
    const parts = partsOf(version)
    if (parts === undefined) return undefined
    span = both(span, spanOf(operator, parts))
  }
  return span
}

/** Whether a version is in a range of npm's; `undefined` when the range cannot be read. */
export const isInRange = (range: string, version: string): boolean | undefined => {
  const spans = range.split("||").map((each) => conjunction(each.trim()))
  const parts = partsOf(version)
  if (parts === undefined || spans.includes(undefined)) return undefined
  const actual = padded(parts)
  return spans.some((span) => span !== undefined && compare(actual, span.from) >= 0 && compare(actual, span.below) < 0)
}
