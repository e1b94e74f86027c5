/**
 * Teaches a small neural network to read handwritten digits: `node train.mjs`, about 20 seconds, no dependencies.
 *
 * It does not know who runs it. Environment variables say where outputs and checkpoints go and what to resume from,
 * lines of JSON on stdout tell of metrics and checkpoints, and SIGTERM means: save and leave. See ../README.md.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.mjs"
import { makeDigits, side } from "./data.mjs"
import { Adam, Network } from "./network.mjs"
import { readOptions } from "./options.mjs"
import { pictures } from "./pictures.mjs"
import { randomFrom, shuffled } from "./random.mjs"

const options = readOptions(process.argv.slice(2))
const outputFolder = process.env.RUNCTL_OUTPUT_DIR || "outputs"
const checkpointFolder = process.env.RUNCTL_CHECKPOINT_DIR || "checkpoints"
const resumeFrom = process.env.RUNCTL_RESUME_FROM

const stop = new AbortController()
process.on("SIGTERM", () => stop.abort())

const random = randomFrom(options.seed)
const train = makeDigits(10_000, random)
const test = makeDigits(2_000, random)
const network = new Network(side * side, options.hidden, 10, random)
const adam = new Adam(network.parameters.length)

const batchSize = 32
const stepsPerReport = 100
const stepsPerEpoch = Math.ceil(train.length / batchSize)

let step = 0
let loss // of the latest batches, smoothed
if (resumeFrom) resume()
console.log(
  `${train.length} digits to learn from, ${test.length} for the test, ${network.parameters.length} parameters`
)

const firstEpoch = Math.floor(step / stepsPerEpoch)
for (let epoch = firstEpoch; epoch < options.epochs && !stop.signal.aborted; epoch++) await runEpoch(epoch)

if (stop.signal.aborted) {
  save()
  console.log(`stopped after step ${step} of ${options.epochs * stepsPerEpoch}`)
  process.exitCode = 143
} else {
  writeResults()
}

/** Goes through the training digits once, from where it was left. Their order depends on seed and epoch alone. */
async function runEpoch(epoch) {
  const order = shuffled(train.length, randomFrom(options.seed + epoch))
  for (let start = (step % stepsPerEpoch) * batchSize; start < train.length; start += batchSize) {
    await setImmediate() // or no signal would ever be heard
    if (stop.signal.aborted) return
    learn(order.slice(start, start + batchSize).map((index) => train[index]))
    if (step % stepsPerReport === 0) report("loss", loss)
  }
  finishEpoch(epoch + 1)
}

/** One step: follows the mean gradient of a batch. */
function learn(batch) {
  const { parameters, gradient } = network
  let sum = 0
  gradient.fill(0)
  for (const { pixels, label } of batch) sum += network.learn(pixels, label)
  for (let index = 0; index < gradient.length; index++) gradient[index] /= batch.length
  step += 1
  adam.update(parameters, gradient, options.lr, step)
  loss = loss === undefined ? sum / batch.length : 0.95 * loss + (0.05 * sum) / batch.length
}

function finishEpoch(epoch) {
  const accuracy = measureAccuracy()
  report("accuracy", accuracy)
  console.log(`epoch ${epoch} of ${options.epochs}: loss ${loss.toFixed(4)}, ${percent(accuracy)} of the test right`)
  save()
}

function measureAccuracy() {
  return test.filter(({ pixels, label }) => network.classify(pixels) === label).length / test.length
}

function report(metric, value) {
  console.log(JSON.stringify({ metric, step, value: Number(value.toFixed(4)) }))
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`
}

function save() {
  const { parameters } = network
  saveCheckpoint(checkpointFolder, { options, step, loss, parameters, mean: adam.mean, square: adam.square })
}

function resume() {
  try {
    const saved = loadCheckpoint(resumeFrom, options)
    step = saved.step
    loss = saved.loss
    network.parameters.set(saved.parameters)
    adam.mean.set(saved.mean)
    adam.square.set(saved.square)
    console.log(`resumed after step ${step} from ${resumeFrom}`)
  } catch (error) {
    console.error(`train.mjs: cannot resume from ${resumeFrom}: ${error.message}`)
    process.exit(1)
  }
}

function writeResults() {
  const accuracy = measureAccuracy()
  const model = { side, hidden: options.hidden, parameters: Array.from(network.parameters) }
  const metrics = { accuracy, loss, epochs: options.epochs, steps: step, parameters: network.parameters.length }
  mkdirSync(outputFolder, { recursive: true })
  writeFileSync(join(outputFolder, "model.json"), JSON.stringify(model))
  writeFileSync(join(outputFolder, "metrics.json"), `${JSON.stringify(metrics, null, 2)}\n`)
  writeFileSync(join(outputFolder, "predictions.txt"), pictures(test, network))
  console.log(`done: ${percent(accuracy)} of the test right, pictures in ${join(outputFolder, "predictions.txt")}`)
}
