import { parseArgs } from "node:util"

const wholeNumber = (least) => ({
  wanted: `a whole number from ${least} up`,
  accepts: (number) => Number.isSafeInteger(number) && number >= least
})

const positive = { wanted: "a number above 0", accepts: (number) => Number.isFinite(number) && number > 0 }

const rules = {
  epochs: { default: 24, ...wholeNumber(1) },
  seed: { default: 1, ...wholeNumber(0) },
  hidden: { default: 64, ...wholeNumber(1) },
  lr: { default: 0.001, ...positive }
}

const usage = `usage: node train.mjs ${Object.entries(rules)
  .map(([name, rule]) => `[--${name} ${rule.default}]`)
  .join(" ")}`

/** Reads `--epochs N --seed N --hidden N --lr X`; anything else ends the program with a message and exit code 2. */
export const readOptions = (args) => {
  try {
    const text = { type: "string" }
    const { values } = parseArgs({ args, options: { epochs: text, seed: text, hidden: text, lr: text } })
    return {
      epochs: numberFrom(values, "epochs"),
      seed: numberFrom(values, "seed"),
      hidden: numberFrom(values, "hidden"),
      lr: numberFrom(values, "lr")
    }
  } catch (error) {
    console.error(`train.mjs: ${error.message}\n${usage}`)
    return process.exit(2)
  }
}

const numberFrom = (values, name) => {
  const rule = rules[name]
  const text = values[name] ?? String(rule.default)
  if (text.trim() === "" || !rule.accepts(Number(text)))
    throw new Error(`--${name} wants ${rule.wanted}, not "${text}"`)
  return Number(text)
}
