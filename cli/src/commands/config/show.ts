import { didYouMean } from "@runctl/core/Nearest"
import { BaseCommand } from "../../BaseCommand.ts"
import { usage } from "../../errors/Failure.ts"
import { optionalWord } from "../../flags.ts"
import type { ConfigShowOutput } from "../../output/settings.ts"
import { renderSettings } from "../../render/settings.ts"
import { keyNames } from "../../settings/edit.ts"
import { here, load } from "../../settings/load.ts"
import { originText } from "../../settings/merge.ts"
import { projectFile, userFile } from "../../settings/places.ts"
import { nameOf } from "../../settings/schema.ts"

export { ConfigShowOutput as Output } from "../../output/settings.ts"

export default class ConfigShow extends BaseCommand {
  static override summary = "show every configured value and where it comes from"
  static override description =
    "Later ones win: defaults, the user's file, the project's runctl.yaml (nearest parent folder), RUNCTL_ variables; flags of a command win over all of them."
  static override examples = [
    { description: "Everything", command: "<%= config.bin %> <%= command.id %>" },
    { description: "One group of keys, for a program", command: "<%= config.bin %> <%= command.id %> budget --json" }
  ]
  static override args = { key: optionalWord("only this key, or the keys below it") }

  async run(): Promise<ConfigShowOutput> {
    const { args } = await this.parse(ConfigShow)
    const around = here()
    const values = load(around)
      .entries.map(({ path, value, origin, trusted }) => ({
        key: nameOf(path),
        value,
        origin: originText(origin),
        trusted
      }))
      .toSorted((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    const wanted = args.key
    const chosen =
      wanted === undefined ? values : values.filter(({ key }) => key === wanted || key.startsWith(`${wanted}.`))
    if (wanted !== undefined && chosen.length === 0) {
      const groups = keyNames.flatMap((name) => [name, name.split(".")[0] ?? name])
      const known = [...groups, ...values.map(({ key }) => key), "providers"]
      if (!known.includes(wanted)) throw usage(`there is no key "${wanted}".${didYouMean(wanted, known)}`)
    }
    const output = { values: chosen, userFile: userFile(around.env), projectFile: projectFile(around.cwd) ?? null }
    this.print(renderSettings(output, this.style))
    return output
  }
}
