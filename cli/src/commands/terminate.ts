import { Resources } from "@runctl/runtime/Resources"
import * as Effect from "effect/Effect"
import { canAsk, confirm } from "../confirm.ts"
import { fail } from "../errors/Failure.ts"
import { dryRun, yes } from "../flags.ts"
import { lookAtAll, runOn } from "../lookup.ts"
import { changeAll } from "../machines.ts"
import { MachinesCommand, someMachines } from "../MachinesCommand.ts"
import type { ResourcesOutput } from "../output/resources.ts"

export { ResourcesOutput as Output } from "../output/resources.ts"

export default class Terminate extends MachinesCommand {
  static override summary = "end machines, and wait until their provider says that they are gone"
  static override description =
    "Everything on the machine is lost, and nothing is charged any more. Ending what is gone already succeeds. A machine with a run on it is ended only with --yes, or after asking."
  static override examples = [
    {
      description: "End a machine",
      command: "<%= config.bin %> <%= command.id %> local/here/0fcrk3jvn5xq2m8dtzwb"
    }
  ]
  static override args = someMachines
  static override flags = { "dry-run": dryRun, yes }

  async run(): Promise<ResourcesOutput> {
    const { args, flags } = await this.parse(Terminate)
    if (flags["dry-run"]) return this.foretell("end", await this.effect(lookAtAll(args.id), { isDryRun: true }))
    if (!flags.yes) await this.#askAbout(args.id)
    const changed = await this.effect(Effect.flatMap(Resources, (resources) => changeAll(args.id, resources.terminate)))
    return this.conclude(changed)
  }

  async #askAbout(ids: ReadonlyArray<string>): Promise<void> {
    const found = await this.effect(Effect.forEach(ids, runOn))
    const names = found.flatMap((run) => (run === undefined ? [] : [run.spec.name]))
    if (names.length === 0) return
    const what = `${names.join(", ")} still ${names.length === 1 ? "runs" : "run"} there`
    if (!canAsk()) throw fail("RUNCTL_E_NEEDS_CONFIRMATION", what)
    await confirm(`${what}. End it all the same?`)
  }
}
