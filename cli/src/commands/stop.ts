import { Resources } from "@runctl/runtime/Resources"
import * as Effect from "effect/Effect"
import { dryRun } from "../flags.ts"
import { lookAtAll } from "../lookup.ts"
import { changeAll } from "../machines.ts"
import { MachinesCommand, someMachines } from "../MachinesCommand.ts"
import type { ResourcesOutput } from "../output/resources.ts"

export { ResourcesOutput as Output } from "../output/resources.ts"

export default class Stop extends MachinesCommand {
  static override summary = "switch machines off and keep their disks"
  static override description =
    "What goes on being billed is the provider's to say: `runctl providers show` tells. A run on the machine is interrupted."
  static override examples = [
    { description: "Switch it off", command: "<%= config.bin %> <%= command.id %> local/here/0fcrk3jvn5xq2m8dtzwb" }
  ]
  static override args = someMachines
  static override flags = { "dry-run": dryRun }

  async run(): Promise<ResourcesOutput> {
    const { args, flags } = await this.parse(Stop)
    if (flags["dry-run"]) return this.foretell("stop", await this.effect(lookAtAll(args.id), { isDryRun: true }))
    const changed = await this.effect(Effect.flatMap(Resources, (resources) => changeAll(args.id, resources.stop)))
    return this.conclude(changed)
  }
}
