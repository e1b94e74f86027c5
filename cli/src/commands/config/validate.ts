import { existsSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { BaseCommand } from "../../BaseCommand.ts"
import { fail } from "../../errors/Failure.ts"
import { optionalWord } from "../../flags.ts"
import type { ConfigValidateOutput } from "../../output/settings.ts"
import { isBad, readDocument } from "../../settings/document.ts"
import { here, issueText, load, problemsHere } from "../../settings/load.ts"
import { projectFile, userFile } from "../../settings/places.ts"

export { ConfigValidateOutput as Output } from "../../output/settings.ts"

export default class ConfigValidate extends BaseCommand {
  static override summary = "check configuration files"
  static override description =
    "Without FILE: your own file, the project's runctl.yaml, and the RUNCTL_ variables, together as they count here. Every mistake is named with its line."
  static override examples = [
    { description: "What counts here", command: "<%= config.bin %> <%= command.id %>" },
    { description: "One file", command: "<%= config.bin %> <%= command.id %> runctl.yaml --json" }
  ]
  static override args = { file: optionalWord("a configuration file") }

  async run(): Promise<ConfigValidateOutput> {
    const { args } = await this.parse(ConfigValidate)
    const files = args.file === undefined ? this.everything() : this.one(resolve(args.file))
    this.print(
      files.length === 0
        ? "There is no configuration file; defaults and RUNCTL_ variables hold."
        : files.map((file) => `${this.style.green("✓")} ${file}`).join("\n")
    )
    return { files }
  }

  private one(file: string): ReadonlyArray<string> {
    const read = readDocument(file, readFileSync(file, "utf8"))
    if (isBad(read)) throw fail("RUNCTL_E_CONFIG", read.map(issueText).join("\n"))
    return [file]
  }

  private everything(): ReadonlyArray<string> {
    const around = here()
    const problems = problemsHere(around)
    if (problems.length > 0) throw fail("RUNCTL_E_CONFIG", problems.map(issueText).join("\n"))
    load(around)
    const project = projectFile(around.cwd)
    return [userFile(around.env), ...(project === undefined ? [] : [project])].filter((file) => existsSync(file))
  }
}
