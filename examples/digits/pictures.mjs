import { side } from "./data.mjs"

const shades = " .:-=+*#%@"
const perRow = 3

/** One test picture of each digit, then some that the network misreads, as text. */
export const pictures = (test, network) => {
  const seen = test.map((digit) => ({ ...digit, guess: network.classify(digit.pixels) }))
  const misread = seen.filter(({ guess, label }) => guess !== label)
  const title = `${misread.length} of ${test.length} are misread, such as:`
  return [...table(seen.slice(0, 10)), title, "", ...table(misread.slice(0, 9))].join("\n")
}

/** Captioned pictures, side by side. */
const table = (digits) => {
  const lines = []
  for (let start = 0; start < digits.length; start += perRow) {
    const row = digits.slice(start, start + perRow)
    lines.push(row.map(({ guess, label }) => `a ${label}, read as ${guess}`.padEnd(2 * side)).join(" | "))
    for (let y = 0; y < side; y++) lines.push(row.map(({ pixels }) => textOf(pixels, y)).join(" | "))
    lines.push("")
  }
  return lines
}

/** One line of a picture, two characters for each pixel: that makes it about square. */
const textOf = (pixels, y) => {
  const line = Array.from(pixels.subarray(y * side, (y + 1) * side))
  return line.map((ink) => shades[Math.round(ink * 9)].repeat(2)).join("")
}
