/**
 * What runs a script.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"

/**
 * What is known of a script. `path` is relative to the project; `firstLine` only matters when it begins with `#!`;
 * `node` is the Node.js to use where the machine is the computer runctl runs on.
 *
 * @category models
 * @since 0.1.0
 */
export interface Script {
  readonly path: string
  readonly isExecutable: boolean
  readonly firstLine: string
  readonly node: string | undefined
}

/** A language that dependencies are prepared for. @category models @since 0.1.0 */
export type Language = "python" | "node" | "other"

const extensionOf = (path: string): string => /\.[^./]+$/.exec(path)?.[0].toLowerCase() ?? ""

/** The language of a script, by its name. @category accessors @since 0.1.0 */
export const languageOf = (path: string): Language => {
  const extension = extensionOf(path)
  if (extension === ".py") return "python"
  return [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"].includes(extension) ? "node" : "other"
}

/**
 * The command that runs a script, or why there is none.
 *
 * **Details**  by name first: `.py` runs under `python3` (the one with the dependencies), `.js`, `.mjs`, `.cjs`, `.ts`,
 * `.mts`, `.cts` under Node.js, `.sh` under `sh` unless its first line asks for bash. Anything else runs itself when it is
 * executable and begins with `#!`.
 *
 * @category decisions
 * @since 0.1.0
 */
export const commandFor = (script: Script): Result.Result<readonly [string, ...Array<string>], string> => {
  const path = `./${script.path}`
  const language = languageOf(script.path)
  if (language === "python") return Result.succeed(["python3", path])
  if (language === "node") return Result.succeed([script.node ?? "node", path])
  const asksFor = /^#!\s*(.+)$/.exec(script.firstLine)?.[1] ?? ""
  if (extensionOf(script.path) === ".sh") return Result.succeed([/\bbash\b/.test(asksFor) ? "bash" : "sh", path])
  if (script.isExecutable && asksFor !== "") return Result.succeed([path])
  const reason =
    asksFor === ""
      ? "its name does not say how to run it and it does not begin with `#!`"
      : "it begins with `#!` and is not executable: run `chmod +x` on it"
  return Result.fail(
    `${script.path} cannot be run: ${reason}. What works: .py, .js, .mjs, .cjs, .ts, .sh, or an executable file that begins with \`#!\``
  )
}

/** The tool a command needs on the machine, when it is not part of the project. @category accessors @since 0.1.0 */
export const toolOf = (command: ReadonlyArray<string>): string | undefined => {
  const [first = ""] = command
  return first.includes("/") ? undefined : first
}
