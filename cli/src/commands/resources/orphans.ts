import { BaseCommand } from "../../BaseCommand.ts"
import { providersFlag } from "../../flags.ts"
import type { OrphansOutput } from "../../output/orphans.ts"
import { renderOrphans } from "../../render/orphans.ts"
import { exitFor, survey } from "../../survey.ts"
import { viewOrphans } from "../../views/orphans.ts"

export { OrphansOutput as Output } from "../../output/orphans.ts"

export default class ResourcesOrphans extends BaseCommand {
  static override summary = "show what is there under your name and held by nobody here"
  static override description = `Machines that were given up and are there, that came twice, that carry a key of yours and are not what was asked for, that another installation of your owner has; and what was made beside machines and outlived them. Says what can be done about each, and changes nothing.

Ends with 6 when a provider could not be asked.`
  static override examples = [
    { description: "Everywhere", command: "<%= config.bin %> <%= command.id %>" },
    { description: "For a program", command: "<%= config.bin %> <%= command.id %> --json" }
  ]
  static override flags = { provider: providersFlag }

  async run(): Promise<OrphansOutput> {
    const { flags } = await this.parse(ResourcesOrphans)
    const { orphans, seen } = await this.effect(survey(flags.provider))
    const now = Date.now()
    const output = viewOrphans(seen, orphans, now)
    process.exitCode = exitFor(output.failures.length === 0)
    this.print(renderOrphans(output, this.style, now))
    return output
  }
}
