import * as Flags from "@oclif/core/flags"
import { Resources } from "@runctl/runtime/Resources"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../BaseCommand.ts"
import { toggle } from "../flags.ts"
import { requireProvider } from "../lookup.ts"
import type { ListOutput } from "../output/resources.ts"
import { renderList } from "../render/resources.ts"
import { listOutput } from "../views/list.ts"

export { ListOutput as Output } from "../output/resources.ts"

export default class List extends BaseCommand {
  static override summary = "list the machines you are paying for"
  static override description =
    "Asks every provider that has credentials, all at once; one that fails never hides the others. Machines of other owners are counted, not shown."
  static override examples = [
    { description: "Everything that may cost something now", command: "<%= config.bin %> <%= command.id %>" },
    {
      description: "What is remembered here, without asking anybody",
      command: "<%= config.bin %> <%= command.id %> --offline --json"
    }
  ]
  static override flags = {
    offline: toggle({ summary: "ask nobody: show what is remembered" }),
    all: toggle({ summary: "also show machines that are gone" }),
    provider: Flags.string({
      summary: "ask only this provider",
      helpValue: "NAME",
      multiple: true,
      multipleNonGreedy: true
    })
  }

  async run(): Promise<ListOutput> {
    const { flags } = await this.parse(List)
    const { offline, provider } = flags
    const listing = await this.effect(
      Effect.gen(function* () {
        for (const name of provider ?? []) yield* requireProvider(name)
        const resources = yield* Resources
        return yield* resources.list({ offline, ...(provider === undefined ? {} : { providers: provider }) })
      }),
      { isOffline: offline && provider === undefined }
    )
    const now = Date.now()
    const output = listOutput(listing, { all: flags.all }, now)
    this.print(renderList(output, this.style, now))
    return output
  }
}
