import * as Args from "@oclif/core/args"
import type { Copied } from "@runctl/core/Job"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { BaseCommand } from "../BaseCommand.ts"
import { type Each, exitOfAll, onEach } from "../batch/each.ts"
import { fail, usage } from "../errors/Failure.ts"
import { insecureHostKey, manyFlags, toggle } from "../flags.ts"
import { someOwnMachines } from "../machine/own.ts"
import { useMachine } from "../machine/reach.ts"
import type { SyncOutput } from "../output/sync.ts"
import { renderResults } from "../render/batch.ts"
import { copyingOn } from "../render/copying.ts"
import { styleOf } from "../render/style.ts"
import { bytes, count } from "../render/units.ts"
import { here } from "../settings/load.ts"
import { readWords } from "../sync/words.ts"
import { stateFolder } from "../settings/places.ts"
import { withoutState } from "../sync/withheld.ts"
import { copyFlags, copyOptions } from "../transfer.ts"

export { SyncOutput as Output } from "../output/sync.ts"

type Result = SyncOutput["results"][number]

const viewEach = ({ answer, result }: Each<Copied>): Result => ({
  ...result,
  files: answer?.files.length ?? null,
  bytes: answer?.files.reduce((sum, each) => sum + each.bytes, 0) ?? null,
  unchanged: answer?.unchanged ?? null
})

const says =
  (isDryRun: boolean) =>
  ({ bytes: amount, files, unchanged }: Result): string =>
    `${count(files ?? 0, "file")} (${bytes(amount ?? 0)}) ${isDryRun ? "would be sent" : "sent"}, ${unchanged ?? 0} unchanged`

export default class Sync extends BaseCommand {
  static override summary = "bring a folder to a machine, or to all"
  static override description = `Sends only what has changed, verified by its digest there. What .gitignore and .runctlignore name stays here; nothing is removed there. The words are ID [SRC] [DST], with --all only [SRC] [DST]: the current folder unless SRC says otherwise, into a folder of the same name below the machine's directory unless DST does.

Exit code 0 when it was done everywhere, 6 when one machine was not reached or could not take it.`
  static override examples = [
    { description: "The current folder", command: "<%= config.bin %> <%= command.id %> train-k3f9" },
    { description: "A data set, to all machines", command: "<%= config.bin %> <%= command.id %> --all ./data data" }
  ]
  static override args = {
    id: Args.string({ description: "machine, or a run on it; left out with --all", ignoreStdin: true }),
    source: Args.string({ description: "folder here; the current one", ignoreStdin: true }),
    target: Args.string({ description: "folder there; one of the same name", ignoreStdin: true })
  }
  static override flags = {
    ...manyFlags,
    ...copyFlags,
    "no-ignore": toggle({ summary: "send also what .gitignore and .runctlignore name" }),
    "insecure-host-key": insecureHostKey
  }

  async run(): Promise<SyncOutput> {
    const { args, flags } = await this.parse(Sync)
    const words = [args.id, args.source, args.target].filter((each) => each !== undefined)
    const { ids, source, target } = readWords(words, flags.all, here().cwd)
    if (!flags.all && (flags.provider !== undefined || flags.label !== undefined)) {
      throw usage("--provider and --label choose among all machines", "Say --all, or leave them out.")
    }
    if (!existsSync(source)) throw fail("RUNCTL_E_LOCAL_FILE", `there is no ${source}`)
    const filter = { ids, provider: flags.provider, labels: flags.label ?? [] }
    const shown = copyingOn(process.stderr)
    // The progress of several at once would be that of none.
    const exclude = [...(flags.exclude ?? []), ...withoutState(source, stateFolder(here().env))]
    const options = copyOptions({ ...flags, exclude }, flags.all ? undefined : shown.tell)
    const rules = flags["no-ignore"] ? "none" : "project"
    const work = Effect.flatMap(someOwnMachines(filter), (machines) =>
      onEach(
        machines,
        flags.concurrency,
        () => true,
        ({ view }) => useMachine(view, (using, id) => using.upload(id, source, target, { ...options, rules }))
      )
    )
    const each = await this.effect(work, { isInsecure: flags["insecure-host-key"] }).finally(shown.clear)
    const skipped = [...new Set(each.flatMap(({ answer }) => answer?.skipped ?? []))]
    const output = { dryRun: flags["dry-run"], source, target, skipped, results: each.map(viewEach) }
    process.exitCode = exitOfAll(output.results)
    for (const name of skipped) this.say(`left out: ${name}`)
    this.print(renderResults(output.results, says(output.dryRun), styleOf(process.stdout)))
    return output
  }
}
