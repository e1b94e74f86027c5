/** Prints its number on each line, some lines every 10 ms. */
export const counting = (lines: number, atOnce: number): string => `
let n = 0
const more = () => {
  for (let i = 0; i < ${atOnce} && n < ${lines}; i++) process.stdout.write("line " + n++ + "\\n")
  if (n < ${lines}) setTimeout(more, 10)
}
more()
`

/** What `counting` prints. */
export const counted = (lines: number): string => Array.from({ length: lines }, (_, n) => `line ${n}\n`).join("")

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export const random = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
