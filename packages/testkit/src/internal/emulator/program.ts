import { once } from "node:events"
import { evenly, help, read } from "./arguments.ts"
import { clouds } from "./clouds.ts"
import type { Emulated } from "./Emulated.ts"
import { start } from "./start.ts"

const words = (cloud: Emulated): string =>
  [
    `An emulated ${cloud.core.title} listens at ${cloud.url}. It costs nothing; Ctrl-C ends it and its machines.`,
    "",
    ...Object.entries(cloud.environment).map(([name, value]) => `  export ${name}=${value}`),
    "",
    `Machines, money and requests: ${cloud.url}/_emulator/state`,
    ...cloud.unproven.map((each) => `Not proven here: ${each}`),
    ""
  ].join("\n")

const line = (cloud: Emulated): string =>
  `${JSON.stringify({
    url: cloud.url,
    token: cloud.token,
    environment: cloud.environment,
    state: `${cloud.url}/_emulator/state`,
    unproven: cloud.unproven
  })}\n`

const summary = (cloud: Emulated): string => {
  const [machines, billing] = [cloud.machines().length, cloud.billing().length]
  const left = billing === 0 ? "" : ` ${billing} of them would go on costing money now.`
  const wrong = cloud.violations.map(({ message, method, path }) => `Not allowed: ${method} ${path}: ${message}\n`)
  return `\n${machines} machines were rented; they would have cost $${cloud.usd().toFixed(2)}.${left}\n${wrong.join("")}`
}

/** Waits for whatever is used to end a program from outside. */
const ended = (): Promise<unknown> =>
  Promise.race(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => once(process, signal)))

/** The program. It says at once what is wrong with its arguments, and otherwise runs until it is ended. */
export const main = async (args: ReadonlyArray<string>): Promise<void> => {
  const asked = read(args, process.env["RUNCTL_OPENAPI_DIR"])
  if (asked.kind === "help") return void process.stdout.write(help)
  if (asked.kind === "wrong") {
    process.stderr.write(`Error: ${asked.message}\n  Try: testkit --help\n`)
    process.exitCode = 2
    return
  }
  const over = ended()
  try {
    const { cloud: name, options } = asked
    await using cloud: Emulated = await start((around) => clouds[name](options, around), options)
    const { seed = 1 } = options
    if (asked.faults > 0) cloud.faults.random({ seed, rates: evenly(asked.faults) })
    process.stdout.write(asked.json ? line(cloud) : words(cloud))
    await over
    if (!asked.json) process.stdout.write(summary(cloud))
  } catch (error) {
    process.stderr.write(`Error: ${error instanceof Error ? error.message : "the cloud does not start"}\n`)
    process.exitCode = 1
  }
}
