/** Handwriting from nothing: each digit is the path of a pen, drawn by an unsteady hand on a small grey grid. */

/** Pictures are `side` x `side` pixels, each from 0 (paper) to 1 (ink). */
export const side = 16

// The pen's way through each digit, as x,y on paper that reaches from 0,0 (top left) to 10,10.
const paths = [
  "5,1 3,2 2.5,5 3,8 5,9 7,8 7.5,5 7,2 5,1",
  "3.5,3 5.5,1 5.5,9",
  "3,3 4,1.3 6,1.3 7,3 6,5 3,9 7.5,9",
  "3,2 5,1 7,2.5 6.5,4.3 4.5,5 7,6 7,8 5,9 3,8",
  "6.5,9 6.5,1 2.5,6.5 8,6.5",
  "7,1 3.5,1 3,4.7 5.5,4.2 7.3,6 6.5,8.3 4.5,9 3,8",
  "6.5,1 4,3.5 3,6.5 4,8.7 6,8.8 7,7 6,5.3 4,5.5 3,7",
  "3,1 7.5,1 4.5,9",
  "5,5 3.2,3 5,1 6.8,3 5,5 3,7 3.5,8.6 5,9 6.5,8.6 7,7 5,5",
  "7,3 6,5 4,5 3,3 4,1.2 6,1.2 7,3 6.5,6 5,9"
].map((path) => path.split(" ").map((point) => point.split(",").map(Number)))

/** `count` pictures with their labels, as many of each digit; the same `random` makes the same pictures. */
export const makeDigits = (count, random) =>
  Array.from({ length: count }, (_, index) => {
    const label = index % paths.length
    return { label, pixels: draw(handwritten(paths[label], random), random) }
  })

/** A path as one person would write it once: turned, slanted, scaled, moved, and never quite the same. */
const handwritten = (path, random) => {
  const between = (low, high) => low + (high - low) * random()
  const angle = between(-0.3, 0.3)
  const slant = between(-0.2, 0.2)
  const [width, height] = [between(0.7, 1.1), between(0.8, 1.1)]
  const [right, down] = [between(-1, 1), between(-1, 1)]
  return path.map(([pathX, pathY]) => {
    const x = (pathX - 5 + between(-0.55, 0.55)) * width
    const y = (pathY - 5 + between(-0.55, 0.55)) * height
    const slanted = x - y * slant
    return [
      5 + right + slanted * Math.cos(angle) - y * Math.sin(angle),
      5 + down + slanted * Math.sin(angle) + y * Math.cos(angle)
    ]
  })
}

/** Draws a path with a round pen of random thickness, then adds grain to the paper. */
const draw = (path, random) => {
  const pixels = new Float32Array(side * side)
  const radius = 0.3 + 0.5 * random()
  const scale = side / 10
  for (let corner = 1; corner < path.length; corner++) {
    const [fromX, fromY] = path[corner - 1]
    const [toX, toY] = path[corner]
    const dots = Math.ceil(2 * scale * Math.hypot(toX - fromX, toY - fromY))
    for (let dot = 0; dot <= dots; dot++) {
      const along = dot / Math.max(dots, 1)
      stamp(pixels, scale * (fromX + along * (toX - fromX)), scale * (fromY + along * (toY - fromY)), radius)
    }
  }
  return pixels.map((ink) => Math.min(1, Math.max(0, ink + 0.5 * (random() - 0.5))))
}

/** Presses the pen down once: full ink within `radius` pixels of the point, fading over one pixel more. */
const stamp = (pixels, x, y, radius) => {
  const reach = radius + 1
  for (let row = Math.max(0, Math.floor(y - reach)); row < Math.min(side, y + reach); row++) {
    for (let column = Math.max(0, Math.floor(x - reach)); column < Math.min(side, x + reach); column++) {
      const ink = reach - Math.hypot(column + 0.5 - x, row + 0.5 - y)
      const pixel = row * side + column
      pixels[pixel] = Math.max(pixels[pixel], Math.min(1, ink))
    }
  }
}
