/**
 * Changes one value of a configuration file and leaves everything around it as it stands, comments included.
 */
import { didYouMean } from "@runctl/core/Nearest"
import { parseDocument } from "yaml"
import { usage } from "../errors/Failure.ts"
import { type FileIssue, isBad, readDocument } from "./document.ts"
import { type Key, keys, nameOf, valueOf } from "./schema.ts"

/** The names of all keys, for suggestions. */
export const keyNames: ReadonlyArray<string> = keys.map(({ path }) => nameOf(path))

const providerKey = /^providers\.([a-z][a-z0-9-]*)\.([^.].*)$/

/** The path behind a name such as `budget.day` or `providers.local.endpoint`. Throws when there is no such key. */
export const pathNamed = (name: string): ReadonlyArray<string> => {
  const known = keys.find(({ path }) => nameOf(path) === name)
  if (known !== undefined) return known.path
  const [, provider, rest] = providerKey.exec(name) ?? []
  if (provider !== undefined && rest !== undefined) return ["providers", provider, ...rest.split(".")]
  const below = keyNames.filter((each) => each.startsWith(`${name}.`))
  if (below.length > 0) throw usage(`"${name}" is a group of keys: ${below.join(", ")}`)
  throw usage(
    `there is no key "${name}".${didYouMean(name, keyNames)}`,
    `Keys: ${keyNames.join(", ")}, and providers.NAME.KEY for a provider's own.`
  )
}

/** A text of the command line as the value of a key. What a provider's own key means, YAML decides. */
export const valueFor = (path: ReadonlyArray<string>, text: string): unknown => {
  const known: Key | undefined = keys.find((key) => nameOf(key.path) === nameOf(path))
  if (known !== undefined) return valueOf(text, known.kind)
  const document = parseDocument(text)
  return document.errors.length > 0 ? text : document.toJS({ maxAliasCount: 0 })
}

/** A changed file: its whole text, and what stood there before. */
export interface Edit {
  readonly text: string
  readonly previous: unknown
}

/** The file with one value set, or everything that would be wrong with it then. Pure. */
export const edited = (
  file: string,
  text: string,
  path: ReadonlyArray<string>,
  value: unknown
): Edit | ReadonlyArray<FileIssue> => {
  const document = parseDocument(text)
  const before = readDocument(file, text)
  if (document.errors.length > 0) return isBad(before) ? before : []
  const previous: unknown = document.getIn(path)
  const { comment, commentBefore } = document
  const isEmpty = document.contents === null
  document.setIn(path, value)
  if (isEmpty) {
    // Nothing but comments: the library would put them behind the first value.
    document.comment = null
    document.commentBefore = commentBefore ?? comment
  }
  const after = document.toString({ lineWidth: 0 })
  const checked = readDocument(file, after)
  return isBad(checked) ? checked : { text: after, previous: plainly(previous) }
}

const plainly = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "toJSON" in value && typeof value.toJSON === "function"
    ? value.toJSON()
    : value

/** Whether an edit was refused. */
export const isRefused = (edit: Edit | ReadonlyArray<FileIssue>): edit is ReadonlyArray<FileIssue> =>
  Array.isArray(edit)
