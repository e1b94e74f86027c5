import * as DateTime from "effect/DateTime"
import type { Tags, World } from "./World.ts"
import { type Params, Refusal, type Xml } from "./wire.ts"

/** One call of EC2. */
export interface Call {
  readonly world: World
  readonly region: string
  readonly params: Params
  readonly now: number
  /** At most so many rows in a page, whatever is asked. */
  readonly pageSize: number
  /** Whether a list begins with a page that has nothing but a token. */
  readonly hasEmptyPages: boolean
}

export type Handler = (call: Call) => { readonly [name: string]: Xml }

export const tagsXml = (tags: Tags): Xml => Object.entries(tags).map(([key, value]) => ({ key, value }))

/** The tags that are to be put on resources of a kind when they are made. */
export const tagsFor = (params: Params, kind: string): Tags =>
  Object.fromEntries(
    params
      .list("TagSpecification")
      .filter((each) => each.get("ResourceType") === kind)
      .flatMap((each) => each.list("Tag").map((tag) => [tag.need("Key"), tag.get("Value") ?? ""]))
  )

const wildcard = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll("*", ".*")}$`)

/** Rows that fit all filters; each of these is known, or the call is refused. */
export const filtered = <A>(
  { params }: Call,
  rows: ReadonlyArray<A>,
  tags: (row: A) => Tags,
  known: Readonly<Record<string, (row: A) => ReadonlyArray<string | undefined>>>
): ReadonlyArray<A> => {
  const filters = params.list("Filter").map((each) => ({ name: each.need("Name"), values: each.texts("Value") }))
  return filters.reduce((left, { name, values }) => {
    const fits = (value: string | undefined): boolean =>
      value !== undefined && values.some((each) => wildcard(each).test(value))
    if (name.startsWith("tag:")) return left.filter((row) => fits(tags(row)[name.slice(4)]))
    if (name === "tag-key") return left.filter((row) => Object.keys(tags(row)).some(fits))
    const read = known[name]
    if (read === undefined) throw new Refusal("InvalidParameterValue", `The filter '${name}' is invalid`)
    return left.filter((row) => read(row).some(fits))
  }, rows)
}

/** The rows with these ids; one that is not there fails the whole call. */
export const named = <A extends { readonly id: string }>(
  { params }: Call,
  rows: ReadonlyArray<A>,
  list: string,
  code: string
): ReadonlyArray<A> => {
  const ids = params.texts(list)
  if (ids.length === 0) return rows
  return ids.map((id) => {
    const found = rows.find((row) => row.id === id)
    if (found === undefined) throw new Refusal(code, `The ID '${id}' does not exist`)
    return found
  })
}

const begins = "page-"

/** One page of rows, and the token of the next. */
export const page = <A>(
  { hasEmptyPages, pageSize, params }: Call,
  rows: ReadonlyArray<A>,
  most = 1000
): { readonly rows: ReadonlyArray<A>; readonly nextToken: string | undefined } => {
  const token = params.get("NextToken")
  const wanted = params.number("MaxResults") ?? most
  if (wanted > most || wanted < 1) {
    throw new Refusal(
      "InvalidParameterValue",
      `Value ( ${wanted} ) for parameter maxResults is invalid. Expecting a value less than or equal to ${most}.`
    )
  }
  const isByIds = params.names.some((name) => /(Id|Name)\.\d+$/.test(name) && !name.startsWith("Filter"))
  if (token === undefined && hasEmptyPages && !isByIds) return { rows: [], nextToken: `${begins}0` }
  const at = token === undefined ? 0 : Number(token.slice(begins.length))
  if (!Number.isInteger(at) || (token !== undefined && !token.startsWith(begins))) {
    throw new Refusal("InvalidNextToken", "The token is not valid")
  }
  const size = Math.min(wanted, pageSize)
  const next = at + size
  return { rows: rows.slice(at, next), nextToken: next < rows.length ? `${begins}${next}` : undefined }
}

export const isoTime = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))
