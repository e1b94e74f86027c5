/**
 * A network of two dense layers: pixels -> hidden units (ReLU) -> one score per class (softmax).
 *
 * All parameters lie in one array, so that an optimizer or a checkpoint needs to know nothing of layers.
 */
export class Network {
  constructor(inputs, hidden, outputs, random) {
    const sizes = [hidden * inputs, hidden, outputs * hidden, outputs]
    this.parameters = new Float32Array(sizes.reduce((sum, size) => sum + size))
    this.gradient = new Float32Array(this.parameters.length)
    this.first = { inputs, outputs: hidden, start: 0 }
    this.second = { inputs: hidden, outputs, start: sizes[0] + sizes[1] }
    this.hidden = new Float32Array(hidden)
    this.hiddenGradient = new Float32Array(hidden)
    this.probabilities = new Float32Array(outputs)
    this.scoreGradient = new Float32Array(outputs)
    for (const { inputs, outputs, start } of [this.first, this.second]) {
      const limit = Math.sqrt(6 / inputs)
      for (let index = start; index < start + inputs * outputs; index++) {
        this.parameters[index] = limit * (2 * random() - 1)
      }
    }
  }

  /** The probability of each class. The array is the network's own: the next call overwrites it. */
  predict(pixels) {
    const { first, second, hidden, probabilities, parameters } = this
    forward(first, parameters, pixels, hidden)
    for (let unit = 0; unit < hidden.length; unit++) hidden[unit] = Math.max(0, hidden[unit])
    forward(second, parameters, hidden, probabilities)
    softmax(probabilities)
    return probabilities
  }

  /** The most probable class. */
  classify(pixels) {
    const probabilities = this.predict(pixels)
    return probabilities.indexOf(Math.max(...probabilities))
  }

  /** Adds the gradient of one example's loss (cross-entropy) to `gradient`; returns that loss. */
  learn(pixels, label) {
    const { first, second, hidden, hiddenGradient, scoreGradient, parameters, gradient } = this
    const probabilities = this.predict(pixels)

    // For softmax with cross-entropy, the gradient at the scores is what was said minus what is true.
    scoreGradient.set(probabilities)
    scoreGradient[label] -= 1

    hiddenGradient.fill(0)
    backward(second, parameters, gradient, hidden, scoreGradient, hiddenGradient)
    for (let unit = 0; unit < hidden.length; unit++) if (hidden[unit] === 0) hiddenGradient[unit] = 0
    backward(first, parameters, gradient, pixels, hiddenGradient)
    return -Math.log(Math.max(probabilities[label], 1e-12))
  }
}

/** Adam: gradient descent in which every parameter has a step size of its own. */
export class Adam {
  constructor(length) {
    this.mean = new Float32Array(length)
    this.square = new Float32Array(length)
  }

  /** Moves the parameters against the gradient; `step` counts from 1. */
  update(parameters, gradient, learningRate, step) {
    const { mean, square } = this
    const rate = learningRate * (Math.sqrt(1 - 0.999 ** step) / (1 - 0.9 ** step))
    for (let index = 0; index < parameters.length; index++) {
      mean[index] += 0.1 * (gradient[index] - mean[index])
      square[index] += 0.001 * (gradient[index] ** 2 - square[index])
      parameters[index] -= (rate * mean[index]) / (Math.sqrt(square[index]) + 1e-8)
    }
  }
}

/** output = weights · input + bias */
const forward = ({ inputs, outputs, start }, parameters, input, output) => {
  const bias = start + inputs * outputs
  for (let to = 0; to < outputs; to++) {
    const row = start + to * inputs
    let sum = parameters[bias + to]
    for (let from = 0; from < inputs; from++) sum += parameters[row + from] * input[from]
    output[to] = sum
  }
}

/** The chain rule: adds to the gradients of weights, bias and, where wanted, of the layer's input. */
const backward = ({ inputs, outputs, start }, parameters, gradient, input, outputGradient, inputGradient) => {
  const bias = start + inputs * outputs
  for (let to = 0; to < outputs; to++) {
    const row = start + to * inputs
    const slope = outputGradient[to]
    gradient[bias + to] += slope
    if (slope === 0) continue
    for (let from = 0; from < inputs; from++) gradient[row + from] += slope * input[from]
    if (inputGradient === undefined) continue
    for (let from = 0; from < inputs; from++) inputGradient[from] += slope * parameters[row + from]
  }
}

/** Turns scores into probabilities, in place; the largest score is taken off first so that nothing overflows. */
const softmax = (scores) => {
  const largest = scores.reduce((most, score) => Math.max(most, score))
  let sum = 0
  for (let index = 0; index < scores.length; index++) sum += scores[index] = Math.exp(scores[index] - largest)
  for (let index = 0; index < scores.length; index++) scores[index] /= sum
}
