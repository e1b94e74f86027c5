/**
 * One configuration file: its values, and the line of each.
 */
import { type Document, isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml"
import { check, isWrong } from "./check.ts"
import type { Settings } from "./schema.ts"

/** One thing that is wrong with a file. */
export interface FileIssue {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** A file that could be read as a configuration. */
export interface SettingsFile {
  readonly file: string
  readonly settings: Settings
  /** The line on which a key stands, counted from 1. */
  readonly lineOf: (path: ReadonlyArray<string>) => number
}

/** Where a key, or at least the nearest thing around it, begins. */
const offsetOf = (document: Document.Parsed, path: ReadonlyArray<string>): number => {
  let node: Node | null | undefined = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const part of path) {
    if (isMap(node)) {
      const pair: unknown = node.items.find(({ key }) => isScalar(key) && String(key.value) === part)
      if (!isPair(pair)) return offset
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = isNode(pair.value) ? pair.value : undefined
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(part)]
      node = isNode(item) ? item : undefined
      offset = node?.range?.[0] ?? offset
    } else return offset
  }
  return offset
}

const isNode = (value: unknown): value is Node => isMap(value) || isSeq(value) || isScalar(value) || isAlias(value)

/** What the library says, in one line and without its own idea of where. */
const plainly = (code: string, message: string): string => {
  if (code === "TAB_AS_INDENT") return "lines are indented with spaces, not tabs"
  if (code === "DUPLICATE_KEY") return "this key was set before; each key may stand once"
  return message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? message
}

/** Reads a configuration, or says everything that is wrong with it. */
export const readDocument = (file: string, text: string): SettingsFile | ReadonlyArray<FileIssue> => {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  const lineAt = (offset: number): number => Math.max(1, counter.linePos(offset).line)
  if (document.errors.length > 0) {
    return document.errors.map(({ code, message, pos }) => ({
      file,
      line: lineAt(pos[0]),
      message: plainly(code, message)
    }))
  }
  const lineOf = (path: ReadonlyArray<string>): number => lineAt(offsetOf(document, path))
  const value = valueIn(document)
  if (value._tag === "Refused") return [{ file, line: 1, message: value.message }]
  const checked = check(value.value)
  return isWrong(checked)
    ? checked.map(({ path, message }) => ({ file, line: lineOf(path), message }))
    : { file, settings: checked, lineOf }
}

/** Aliases may be circular, or so many that reading them out would fill the memory. */
const valueIn = (
  document: Document.Parsed
): { readonly _tag: "Value"; readonly value: unknown } | { readonly _tag: "Refused"; readonly message: string } => {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    return { _tag: "Value", value }
  } catch (error) {
    return { _tag: "Refused", message: error instanceof Error ? error.message : String(error) }
  }
}

/** Whether reading found something wrong. */
export const isBad = (read: SettingsFile | ReadonlyArray<FileIssue>): read is ReadonlyArray<FileIssue> =>
  Array.isArray(read)
