/** Rows of a CSV file by the names of its heading; quotes as RFC 4180 has them. */
export const parseCsv = (text: string): ReadonlyArray<Readonly<Record<string, string>>> => {
  const rows: Array<Array<string>> = []
  let row: Array<string> = []
  for (const [, comma, quoted, plain, end] of text.matchAll(
    /(^|,|(?<=\n))(?:"((?:[^"]|"")*)"|([^",\r\n]*))(\r?\n|$)?/g
  )) {
    if (comma === undefined) continue
    row.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'))
    if (end === undefined) continue
    if (row.length > 1) rows.push(row)
    row = []
  }
  const [heading = [], ...body] = rows
  return body.map((cells, line) => {
    if (cells.length !== heading.length) throw new Error(`row ${line + 2} has ${cells.length} cells`)
    return Object.fromEntries(heading.map((name, at) => [name, cells[at] ?? ""]))
  })
}
