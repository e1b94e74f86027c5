import { Resources } from "@runctl/runtime/Resources"
import * as Effect from "effect/Effect"
import { dryRun } from "../flags.ts"
import { lookAtAll } from "../lookup.ts"
import { changeAll } from "../machines.ts"
import { MachinesCommand, someMachines } from "../MachinesCommand.ts"
import type { ResourcesOutput } from "../output/resources.ts"

export { ResourcesOutput as Output } from "../output/resources.ts"

export default class Start extends MachinesCommand {
  static override summary = "switch stopped machines on again"
  static override description = "Billing begins anew. The machine's deadline stays where it is."
  static override examples = [
    { description: "Switch it on", command: "<%= config.bin %> <%= command.id %> local/here/0fcrk3jvn5xq2m8dtzwb" }
  ]
  static override args = someMachines
  static override flags = { "dry-run": dryRun }

  async run(): Promise<ResourcesOutput> {
    const { args, flags } = await this.parse(Start)
    if (flags["dry-run"]) return this.foretell("start", await this.effect(lookAtAll(args.id), { isDryRun: true }))
    const changed = await this.effect(Effect.flatMap(Resources, (resources) => changeAll(args.id, resources.start)))
    return this.conclude(changed)
  }
}
