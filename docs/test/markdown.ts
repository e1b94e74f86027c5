/** What a block is to be done with, as the comments right above it say. */
export interface Orders {
  readonly skip: string | undefined
  readonly expectExit: number
  /** Write the block to this file of the sandbox. */
  readonly file: string | undefined
  /** Compare the block with what the commands before it printed. */
  readonly shows: boolean
  /** The file of the repository that the block is cut from. */
  readonly from: string | undefined
  /** What is run instead of what stands there, to save time. */
  readonly instead: ReadonlyArray<readonly [string, string]>
}

/** A fenced block of a page. */
export interface Block {
  readonly line: number
  readonly language: string
  readonly text: string
  readonly orders: Orders
}

/** A link of a page to a place in the repository. */
export interface Link {
  readonly line: number
  readonly target: string
}

const fence = /^( *)(`{3,})([\w-]*)\s*$/
const comment = /^ *<!-- (.*) -->$/
const none: Orders = {
  skip: undefined,
  expectExit: 0,
  file: undefined,
  shows: false,
  from: undefined,
  instead: []
}

const order = (orders: Orders, text: string): Orders => {
  const [, from] = /^from: (\S+)$/.exec(text) ?? []
  if (from !== undefined) return { ...orders, from }
  const [, word = "", rest = ""] = /^test: ([\w-]+) ?(.*)$/.exec(text) ?? []
  if (word === "skip" && rest.length > 3) return { ...orders, skip: rest }
  if (word === "expect-exit" && /^\d+$/.test(rest)) return { ...orders, expectExit: Number(rest) }
  if (word === "file" && /^\S+$/.test(rest)) return { ...orders, file: rest }
  if (word === "shows" && rest === "") return { ...orders, shows: true }
  const [, what, by] = /^"([^"]+)" → "([^"]+)" because .{4,}$/.exec(rest) ?? []
  if (word === "instead" && what !== undefined && by !== undefined) {
    return { ...orders, instead: [...orders.instead, [what, by]] }
  }
  throw new Error(`nobody understands "${text}"`)
}

/** What the comments right above a line say. Prose and other comments say nothing. */
const ordersAbove = (lines: ReadonlyArray<string>, at: number): Orders => {
  const found: Array<string> = []
  for (let index = at - 1; index >= 0; index--) {
    const text = comment.exec(lines[index] ?? "")?.[1]
    if (text === undefined) break
    if (/^(test|from):/.test(text)) found.unshift(text)
  }
  return found.reduce(order, none)
}

/** Every fenced block. Fails on one that is not closed, and on orders that nobody understands. */
export const blocksIn = (page: string): ReadonlyArray<Block> => {
  const lines = page.split("\n")
  const blocks: Array<Block> = []
  for (let at = 0; at < lines.length; at++) {
    const [opening, indent = "", ticks = "", language = ""] = fence.exec(lines[at] ?? "") ?? []
    if (opening === undefined) continue
    const end = lines.findIndex((line, index) => index > at && line.trimEnd() === `${indent}${ticks}`)
    if (end === -1) throw new Error(`the block that begins on line ${at + 1} is not closed`)
    const text = lines.slice(at + 1, end).map((line) => line.slice(indent.length))
    blocks.push({ line: at + 1, language, text: text.join("\n"), orders: ordersAbove(lines, at) })
    at = end
  }
  return blocks
}

/** Orders that no block follows. */
export const lostOrders = (page: string): ReadonlyArray<number> => {
  const lines = page.split("\n")
  return lines.flatMap((line, at) => {
    if (!/^ *<!-- (test|from):/.test(line)) return []
    const next = lines.slice(at + 1).find((other) => !comment.test(other))
    return next !== undefined && fence.test(next) ? [] : [at + 1]
  })
}

/** The lines that are no code, the others being empty. */
const proseOf = (page: string): ReadonlyArray<string> => {
  let closing: string | undefined
  return page.split("\n").map((line) => {
    const ticks = fence.exec(line)?.[2]
    if (closing !== undefined) {
      if (line.trim() === closing) closing = undefined
      return ""
    }
    closing = ticks
    return ticks === undefined ? line.replaceAll(/`[^`]*`/g, "`") : ""
  })
}

/** Links to files and headings, but not to other sites. */
export const linksIn = (page: string): ReadonlyArray<Link> =>
  proseOf(page).flatMap((line, at) =>
    [...line.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = ""]) => ({ line: at + 1, target }))
      .filter(({ target }) => !/^[a-z]+:/i.test(target))
  )

/** What a heading is called in an address, as GitHub does it. */
const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-")

/** The anchors of a page's headings; the second heading of a name has `-1` behind it. */
export const anchorsIn = (page: string): ReadonlySet<string> => {
  const anchors = new Set<string>()
  let closing: string | undefined
  for (const line of page.split("\n")) {
    const ticks = fence.exec(line)?.[2]
    if (ticks !== undefined) closing = closing === undefined ? ticks : closing === line.trim() ? undefined : closing
    const heading = /^#{1,6} (.*?)#*$/.exec(line)?.[1]?.trim()
    if (closing !== undefined || heading === undefined) continue
    const anchor = anchorOf(heading)
    for (let number = 0; ; number++) {
      const candidate = number === 0 ? anchor : `${anchor}-${number}`
      if (anchors.has(candidate)) continue
      anchors.add(candidate)
      break
    }
  }
  return anchors
}
