import * as Args from "@oclif/core/args"
import type * as ProjectFiles from "@runctl/remote/ProjectFiles"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../BaseCommand.ts"
import { exitOfAll, onEach } from "../batch/each.ts"
import { usage } from "../errors/Failure.ts"
import { dryRun, insecureHostKey, manyFlags, toggle } from "../flags.ts"
import { type Named, someOwnMachines } from "../machine/own.ts"
import { endpointOf, shellAt } from "../machine/reach.ts"
import type { SyncOutput } from "../output/sync.ts"
import { renderResults } from "../render/batch.ts"
import { styleOf } from "../render/style.ts"
import { bytes, count } from "../render/units.ts"
import { here } from "../settings/load.ts"
import { bring, filesOf } from "../sync/bring.ts"
import { readWords } from "../sync/words.ts"

export { SyncOutput as Output } from "../output/sync.ts"

const sizeOf = ({ files }: ProjectFiles.ProjectFiles): { readonly files: number; readonly bytes: number } => {
  const sizes = files.flatMap((file) => (file.kind === "file" ? [file.bytes] : []))
  return { files: sizes.length, bytes: sizes.reduce((sum, each) => sum + each, 0) }
}

const nothingYet = ({ name, view }: Named): SyncOutput["results"][number] => ({
  resource: view.id,
  name,
  outcome: "done",
  seconds: 0,
  error: null,
  brought: null
})

const says = ({ brought }: SyncOutput["results"][number]): string =>
  brought === null
    ? "-"
    : `${count(brought.sentFiles, "file")} (${bytes(brought.sentBytes)}) sent, ${brought.files - brought.sentFiles} unchanged`

export default class Sync extends BaseCommand {
  static override summary = "bring a folder to a machine, or to all"
  static override description = `Sends only what has changed. What .gitignore and .runctlignore name stays here; what was sent once and is gone here goes there too; everything else there stays. The words are ID [SRC] [DST], with --all only [SRC] [DST]: the current folder unless SRC says otherwise, into a folder of the same name below the machine's directory unless DST does.

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
    "no-ignore": toggle({ summary: "send also what .gitignore and .runctlignore name" }),
    "dry-run": dryRun,
    "insecure-host-key": insecureHostKey
  }

  async run(): Promise<SyncOutput> {
    const { args, flags } = await this.parse(Sync)
    const words = [args.id, args.source, args.target].filter((each) => each !== undefined)
    const { ids, source, target } = readWords(words, flags.all, here().cwd)
    if (!flags.all && (flags.provider !== undefined || flags.label !== undefined)) {
      throw usage("--provider and --label choose among all machines", "Say --all, or leave them out.")
    }
    const filter = { ids, provider: flags.provider, labels: flags.label ?? [] }
    const isDryRun = flags["dry-run"]
    const rules = flags["no-ignore"] ? "none" : "project"
    const output = await this.effect(
      Effect.gen({ self: this }, function* () {
        const machines = yield* someOwnMachines(filter)
        const files = yield* filesOf(source, rules)
        for (const name of files.skipped) this.say(`left out: ${name}`)
        const facts = { dryRun: isDryRun, source, target, ...sizeOf(files) }
        if (isDryRun) return { ...facts, results: machines.map(nothingYet) }
        const act = ({ view }: Named) =>
          Effect.scoped(
            Effect.flatMap(Effect.flatMap(endpointOf(view), shellAt), (shell) => bring(shell, source, files, target))
          )
        const each = yield* onEach(machines, flags.concurrency, () => true, act)
        return { ...facts, results: each.map(({ answer, result }) => ({ ...result, brought: answer ?? null })) }
      }),
      { isDryRun, isInsecure: flags["insecure-host-key"] }
    )
    if (isDryRun) this.#foretell(output)
    else this.#conclude(output)
    return output
  }

  #foretell({ files, bytes: amount, results, source, target }: SyncOutput): void {
    for (const { name } of results) {
      this.print(`would bring ${count(files, "file")} (${bytes(amount)}) of ${source} to ${name}:${target}`)
    }
  }

  #conclude(output: SyncOutput): void {
    process.exitCode = exitOfAll(output.results)
    if (!this.jsonEnabled()) process.stdout.write(`${renderResults(output.results, says, styleOf(process.stdout))}\n`)
  }
}
