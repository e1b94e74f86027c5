/**
 * The program, once the quick answers are out of the way.
 */
import { Config } from "@oclif/core/config"
import { run } from "@oclif/core/run"
import { settings } from "@oclif/core/settings"
import { failureOf } from "./errors/Failure.ts"
import { parseFailure, unknownCommand } from "./errors/parsing.ts"
import { report, wantsJson } from "./errors/report.ts"
import { root } from "./root.ts"
import { listen } from "./signals.ts"

settings.enableAutoTranspile = false
listen()

/** Whoever reads our output has gone: there is nobody left to tell anything. */
process.stdout.prependListener("error", (error: Error) => {
  if ("code" in error && error.code === "EPIPE") process.exit(0)
})

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve()
    else stream.write("", () => resolve())
  })

const failureFor = (error: unknown, argv: ReadonlyArray<string>, config: Config | undefined) => {
  const said = error instanceof Error ? error.message : ""
  const isUnknown = said.startsWith("command ") && said.endsWith(" not found")
  if (isUnknown && config !== undefined) return unknownCommand(argv, config.commandIDs).failure
  return parseFailure(error)?.failure ?? failureOf(error)
}

const main = async (argv: ReadonlyArray<string>): Promise<void> => {
  let config: Config | undefined
  try {
    config = await Config.load({ root, devPlugins: false })
    await run([...argv], config)
  } catch (error) {
    report(failureFor(error, argv, config), { json: wantsJson(argv) })
  }
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  // A plugin's or a connection's timer must not keep a finished command alive.
  process.exit()
}

const words = process.argv.slice(2)
await main(words[0] === "help" ? [...words.slice(1), "--help"] : words)
