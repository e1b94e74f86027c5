/**
 * What an answer's body says beside what was asked for.
 */

const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The API's own words of a refusal; nothing when the body is not one of its errors. */
export const errorOf = (body: unknown): { readonly id: string; readonly message: string } | undefined => {
  if (!isRecord(body)) return undefined
  const { id, message } = body
  return typeof id === "string" && id !== "" ? { id, message: typeof message === "string" ? message : id } : undefined
}

/** The number of the next page, as `links.pages` tells it; nothing on the last page. */
export const pageIn = (body: unknown, which: "next" | "last"): number | undefined => {
  const links = isRecord(body) ? body["links"] : undefined
  const pages = isRecord(links) ? links["pages"] : undefined
  const url = isRecord(pages) ? pages[which] : undefined
  return typeof url === "string" ? whole(/[?&]page=(\d+)/.exec(url)?.[1]) : undefined
}

/** Whether there is a link to a next page at all. */
export const hasNext = (body: unknown): boolean => {
  const links = isRecord(body) ? body["links"] : undefined
  const pages = isRecord(links) ? links["pages"] : undefined
  return isRecord(pages) && pages["next"] !== undefined && pages["next"] !== null && pages["next"] !== ""
}

/** The list that a page carries under a name. */
export const rowsIn = (body: unknown, field: string): ReadonlyArray<unknown> | undefined => {
  const rows = isRecord(body) ? body[field] : undefined
  return Array.isArray(rows) ? rows : undefined
}

/** A page without its rows: what it says about itself and the others. */
export const placeIn = (body: unknown): unknown =>
  isRecord(body) ? { links: body["links"], meta: body["meta"] } : undefined

/** How many rows all pages have together. */
export const totalIn = (body: unknown): number | undefined => {
  const meta = isRecord(body) ? body["meta"] : undefined
  const total = isRecord(meta) ? meta["total"] : undefined
  return typeof total === "number" ? total : undefined
}
