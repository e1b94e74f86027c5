import { assert, describe, it } from "@effect/vitest"
import { Network } from "../digits/network.mjs"
import { randomFrom } from "../digits/random.mjs"

const nudge = 1e-2

describe("the network of digits", () => {
  it("computes by backpropagation the gradient that numerical differences show", () => {
    const random = randomFrom(3)
    const network = new Network(5, 4, 3, random)
    network.parameters.forEach((_, index) => (network.parameters[index] = 2 * random() - 1))
    const pixels = Float32Array.from({ length: 5 }, random)
    const label = 2
    const lossWith = (index: number, change: number) => {
      const original = network.parameters[index] ?? Number.NaN
      network.parameters[index] = original + change
      const loss = -Math.log(network.predict(pixels)[label] ?? Number.NaN)
      network.parameters[index] = original
      return loss
    }

    network.gradient.fill(0)
    const loss = network.learn(pixels, label)

    assert.approximately(loss, lossWith(0, 0), 1e-6)
    const numerical = Array.from(
      network.parameters,
      (_, index) => (lossWith(index, nudge) - lossWith(index, -nudge)) / (2 * nudge)
    )
    numerical.forEach((slope, index) => assert.approximately(network.gradient[index] ?? Number.NaN, slope, 1e-3))
    assert.isAbove(numerical.filter((slope) => Math.abs(slope) > 0.01).length, numerical.length / 2)
  })

  it("adds up the gradients of several examples", () => {
    const random = randomFrom(4)
    const network = new Network(5, 4, 3, random)
    const pixels = Float32Array.from({ length: 5 }, random)
    network.learn(pixels, 1)
    const once = network.gradient.slice()

    network.learn(pixels, 1)

    assert.deepStrictEqual(
      network.gradient,
      once.map((slope) => 2 * slope)
    )
    assert.isTrue(once.some((slope) => slope !== 0))
  })
})
