import { stripVTControlCharacters } from "node:util"
import type { Block } from "./markdown.ts"

/** A command with the line of the block that it begins on. */
interface Line {
  readonly at: number
  readonly text: string
}

/** The commands of a block: one per line, without comments, continued lines being one. */
export const commandsIn = (text: string): ReadonlyArray<Line> => {
  const found: Array<Line> = []
  let open: Line | undefined
  for (const [at, line] of text.split("\n").entries()) {
    const joined = open === undefined ? line : `${open.text}\n${line}`
    const begun: Line = { at: open?.at ?? at, text: joined }
    open = line.endsWith("\\") ? begun : undefined
    if (open === undefined && !/^\s*(#.*)?$/.test(joined)) found.push(begun)
  }
  if (open !== undefined) throw new Error(`the last line goes on nowhere: ${open.text}`)
  return found
}

/** What the script ends with when a command of it does not end as it should. */
export const unexpected = 99

/** A block as a program: every command is checked, the last one against `expectExit`. */
export const programOf = ({ orders, text }: Block): string => {
  const replaced = orders.instead.reduce((done, [what, by]) => {
    if (!done.includes(what)) throw new Error(`"${what}" is not in the block`)
    return done.replaceAll(what, by)
  }, text)
  const commands = commandsIn(replaced)
  if (commands.length === 0) throw new Error("the block has no command")
  const checked = commands.flatMap(({ at, text: command }, index) => {
    const wanted = index === commands.length - 1 ? orders.expectExit : 0
    return [
      command,
      `_status=$?; [ $_status -eq ${wanted} ] || { echo "[line ${at + 1} of the block ended with $_status, not ${wanted}]"; exit ${unexpected}; }`
    ]
  })
  return ["exec 2>&1", ...checked].join("\n")
}

/** Text without what differs from run to run: ids, numbers, colours, spaces. */
const plain = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/run-[0-9a-z]{14,24}/g, "RUN")
    .replaceAll(/\b[0-9a-z]{20}\b/g, "KEY")
    .replaceAll(/[━─-]{3,}/g, "---")
    .replaceAll(/\d+([.,:]\d+)*/g, "0")
    .replaceAll(/\s+/g, " ")
    .trim()

/**
 * The first line of what a page shows that was not printed, in this order. `…` stands for anything: alone on a line for
 * any lines, else for a part of one.
 */
export const notPrinted = (shown: string, printed: string): string | undefined => {
  const lines = printed.split("\n").map(plain)
  let next = 0
  for (const line of shown.split("\n").filter((each) => !/^\s*…?\s*$/.test(each))) {
    const parts = line.split("…").map((part) => plain(part).replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    const wanted = new RegExp(`^${parts.join(".*")}$`)
    const found = lines.findIndex((each, index) => index >= next && wanted.test(each))
    if (found === -1) return line
    next = found + 1
  }
  return undefined
}
