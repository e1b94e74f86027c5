/**
 * What a page with a comparison looks like, and what its buttons do: texts that are put into the page as they are.
 */

/** Readable in the light and in the dark, and wide tables scroll. */
export const pageStyle = `
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{margin:0}
main{max-width:76rem;margin:0 auto;padding:1.5rem;overflow-x:auto}
h1{margin:0;font-size:1.6rem}
svg{width:100%;max-width:60rem;height:auto;display:block;margin:1rem 0}
svg text{font:12px system-ui,sans-serif;fill:CanvasText}
.grid{stroke:GrayText;stroke-opacity:.3}
.on-demand{fill:#2563eb}
.spot{fill:#d97706}
.range{stroke:CanvasText;stroke-width:1.5;fill:none}
table{border-collapse:collapse;width:100%}
caption{text-align:left;padding:.4rem 0}
th,td{padding:.3rem .6rem;text-align:left;border-bottom:1px solid color-mix(in srgb,CanvasText 15%,transparent);vertical-align:top}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
th button{font:inherit;font-weight:600;background:none;border:0;padding:0;color:inherit;cursor:pointer;white-space:nowrap}
th button:focus-visible,input:focus-visible{outline:3px solid #2563eb;outline-offset:2px}
th[aria-sort=ascending] span::after{content:" ▲"}
th[aria-sort=descending] span::after{content:" ▼"}
input{font:inherit;padding:.2rem .4rem}
`

/** Sorts by a column, numbers as numbers and unknown ones last; searches in all columns. */
export const pageScript = `
const body = document.querySelector("tbody")
const heads = [...document.querySelectorAll("th")]
const valueOf = (row, at) => {
  const cell = row.cells[at]
  const { value } = cell.dataset
  return value === undefined ? cell.textContent : value === "" ? Infinity : Number(value)
}
const compare = (left, right) =>
  typeof left === "number" ? (left === right ? 0 : left - right) : left.localeCompare(right, "en", { numeric: true })
heads.forEach((head, at) => {
  head.querySelector("button").addEventListener("click", () => {
    const isDescending = head.getAttribute("aria-sort") === "ascending"
    for (const each of heads) each.removeAttribute("aria-sort")
    head.setAttribute("aria-sort", isDescending ? "descending" : "ascending")
    const rows = [...body.rows].sort((left, right) => {
      const [a, b] = [valueOf(left, at), valueOf(right, at)]
      if (a === Infinity || b === Infinity) return a === b ? 0 : a === Infinity ? 1 : -1
      return isDescending ? compare(b, a) : compare(a, b)
    })
    body.append(...rows)
  })
})
const told = document.querySelector("output")
document.querySelector("input").addEventListener("input", ({ target }) => {
  const words = target.value.toLowerCase().split(/\\s+/).filter((word) => word !== "")
  let shown = 0
  for (const row of body.rows) {
    const text = row.textContent.toLowerCase()
    row.hidden = !words.every((word) => text.includes(word))
    if (!row.hidden) shown += 1
  }
  told.textContent = shown + " of " + body.rows.length + " rows"
})
`
