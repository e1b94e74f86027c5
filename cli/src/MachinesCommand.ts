/**
 * What commands share that change several machines alike.
 */
import * as Args from "@oclif/core/args"
import { BaseCommand } from "./BaseCommand.ts"
import { toText } from "./errors/report.ts"
import { failureOf } from "./errors/Failure.ts"
import type { Changed } from "./machines.ts"
import type { ResourcesOutput } from "./output/resources.ts"
import { renderResources } from "./render/resources.ts"
import { styleOf } from "./render/style.ts"

/** One machine or more, by id, label or name. */
export const someMachines = {
  id: Args.string({ description: "machine, by id, label or name", required: true, multiple: true, ignoreStdin: true })
}

/** A command that changes several machines alike. */
export abstract class MachinesCommand extends BaseCommand {
  /** Shows what was changed; of several failures the last one decides how the command ends. */
  protected conclude({ failures, resources }: Changed): ResourcesOutput {
    const [first, ...others] = failures
    for (const { error } of others) this.say(toText(failureOf(error), styleOf(process.stderr)))
    if (resources.length > 0 && first !== undefined) this.say(renderResources(resources, this.style, Date.now()))
    if (first !== undefined) throw first.error
    this.print(renderResources(resources, this.style, Date.now()))
    return { resources }
  }

  /** What --dry-run says and answers. */
  protected foretell(what: string, resources: ResourcesOutput["resources"]): ResourcesOutput {
    for (const { id, state } of resources) this.print(`would ${what} ${id}, which is ${state}`)
    return { resources }
  }
}
