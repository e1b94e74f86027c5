import * as Args from "@oclif/core/args"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../../BaseCommand.ts"
import { allTargets, cleaned, factsOf, foretold, type Target, targetFor } from "../../cleanup.ts"
import { canAsk, confirm } from "../../confirm.ts"
import { fail } from "../../errors/Failure.ts"
import { dryRun, yes } from "../../flags.ts"
import type { CleanupOutput } from "../../output/orphans.ts"
import { renderCleanup } from "../../render/orphans.ts"
import { clean } from "../../render/table.ts"
import { exitFor, providersOf, survey } from "../../survey.ts"

export { CleanupOutput as Output } from "../../output/orphans.ts"

/** All that is left over, or what was named; fails for a name that means nothing of the kind. */
const targets = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
  const { orphans, seen } = yield* survey(providersOf(ids))
  const all = ids.length === 0 ? allTargets(orphans) : yield* Effect.forEach(ids, (id) => targetFor(id, seen, orphans))
  return { failures: seen.failures.map(({ message, provider }) => ({ message, provider })), all }
})

export default class ResourcesCleanup extends BaseCommand {
  static override summary = "end what is left over and provably yours, and confirm that it is gone"
  static override description = `Without an id: machines that were given up or came twice, once they were seen twice over five minutes; and what was made beside machines and serves none any more. What may not be ended yet is said, with the time.

With ids: exactly those, now, after asking; also what nothing proves to be yours, as another installation's machine or a copy with your mark. You answer for that. Another owner's is never touched.

Ends with 6 when something could not be asked or ended.`
  static override examples = [
    { description: "What is proven", command: "<%= config.bin %> <%= command.id %>" },
    {
      description: "A machine of a computer that is lost",
      command: "<%= config.bin %> <%= command.id %> digitalocean/fra1/512345678 --yes"
    }
  ]
  static override args = {
    id: Args.string({
      description: "machine, or something beside machines, as `runctl resources orphans` calls it",
      multiple: true,
      ignoreStdin: true
    })
  }
  static override flags = { "dry-run": dryRun, yes }

  async run(): Promise<CleanupOutput> {
    const { args, flags } = await this.parse(ResourcesCleanup)
    const ids: ReadonlyArray<string> = args.id ?? []
    const isTold = ids.length > 0
    const isDryRun = flags["dry-run"]
    const { all, failures } = await this.effect(targets(ids), { isDryRun: isDryRun || isTold })
    if (isTold && !isDryRun && !flags.yes) await this.#askAbout(all)
    const results = isDryRun
      ? all.map((target) => foretold(target, isTold, Date.now()))
      : await this.effect(Effect.forEach(all, (target) => cleaned(target, isTold), { concurrency: 8 }))
    const output: CleanupOutput = { dryRun: isDryRun, results, failures }
    const isWhole = failures.length === 0 && results.every(({ outcome }) => outcome !== "failed")
    process.exitCode = exitFor(isWhole)
    this.print(renderCleanup(output, this.style, Date.now()))
    return output
  }

  async #askAbout(all: ReadonlyArray<Target>): Promise<void> {
    const lines = all.map((target) => {
      const { id, standing, why } = factsOf(target, Date.now())
      return `${id} (${standing}: ${clean(why)})`
    })
    const what = `everything on it would be lost: ${lines.join("; ")}`
    if (!canAsk()) throw fail("RUNCTL_E_NEEDS_CONFIRMATION", what)
    for (const line of lines) this.say(line)
    await confirm("Everything on it is lost. End it?")
  }
}
