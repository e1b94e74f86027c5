import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { BaseCommand } from "../../BaseCommand.ts"
import { fail } from "../../errors/Failure.ts"
import { dryRun, toggle, word } from "../../flags.ts"
import type { ConfigSetOutput } from "../../output/settings.ts"
import { valueText } from "../../render/settings.ts"
import { edited, isRefused, pathNamed, valueFor } from "../../settings/edit.ts"
import { here, issueText, load } from "../../settings/load.ts"
import { originText } from "../../settings/merge.ts"
import { projectFile, stateFolder, userFile } from "../../settings/places.ts"
import { nameOf } from "../../settings/schema.ts"
import { isTrusted } from "../../settings/trust.ts"
import { replaceFile } from "../../settings/write.ts"

export { ConfigSetOutput as Output } from "../../output/settings.ts"

export default class ConfigSet extends BaseCommand {
  static override summary = "set one value of the configuration"
  static override description = `Writes your own file, or with --project the project's runctl.yaml (one in this folder when there is none above). Comments and order stay. Nothing is written when the file would be wrong.

A list is given with commas. A provider's own settings are providers.NAME.KEY.`
  static override examples = [
    { description: "At most 20 US dollars a day", command: "<%= config.bin %> <%= command.id %> budget.day 20" },
    {
      description: "A provider for this project, looking first",
      command: "<%= config.bin %> <%= command.id %> provider local --project --dry-run"
    }
  ]
  static override args = { key: word("name of the value, for example budget.day"), value: word("what to set it to") }
  static override flags = {
    project: toggle({ summary: "write the project's runctl.yaml" }),
    "dry-run": dryRun
  }

  async run(): Promise<ConfigSetOutput> {
    const { args, flags } = await this.parse(ConfigSet)
    const around = here()
    const path = pathNamed(args.key)
    const value = valueFor(path, args.value)
    const file = flags.project ? (projectFile(around.cwd) ?? join(around.cwd, "runctl.yaml")) : userFile(around.env)
    const text = existsSync(file) ? readFileSync(file, "utf8") : ""
    const edit = edited(file, text, path, value)
    if (isRefused(edit)) throw fail("RUNCTL_E_CONFIG", edit.map(issueText).join("\n"))
    const losesTrust = flags.project && existsSync(file) && isTrusted(stateFolder(around.env), file, text)
    if (!flags["dry-run"]) replaceFile(file, edit.text)
    const output: ConfigSetOutput = {
      dryRun: flags["dry-run"],
      file,
      key: nameOf(path),
      value,
      previous: edit.previous ?? null,
      overriddenBy: flags["dry-run"] ? null : counting(nameOf(path), file)
    }
    const was = output.previous === null ? "" : ` (was ${valueText(output.previous)})`
    const verb = flags["dry-run"] ? "would set" : "set"
    this.print(`${verb} ${output.key} to ${valueText(value)}${was} in ${file}`)
    if (output.overriddenBy !== null) this.say(`Here ${output.overriddenBy} says otherwise, and wins.`)
    if (losesTrust) this.say("The file has changed, so it is not trusted any more: look at it and say `runctl trust`.")
    return output
  }
}

/** Where the value that counts comes from, when it is not this file. */
const counting = (key: string, file: string): string | null => {
  const entry = entriesHere().find(({ path, trusted }) => trusted && nameOf(path) === key)
  if (entry === undefined || entry.origin._tag === "Default") return null
  return entry.origin._tag === "File" && entry.origin.file === file ? null : originText(entry.origin)
}

/** Another file may be wrong; what was asked for is done all the same. */
const entriesHere = (): ReturnType<typeof load>["entries"] => {
  try {
    return load(here()).entries
  } catch {
    return []
  }
}
