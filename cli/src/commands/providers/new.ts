import * as Flags from "@oclif/core/flags"
import { isMistake, parse, takenNames } from "create-runctl-provider/ProviderName"
import { begin, inWords, isFolderTaken } from "create-runctl-provider/Scaffold"
import { resolve } from "node:path"
import { BaseCommand } from "../../BaseCommand.ts"
import { fail, usage } from "../../errors/Failure.ts"
import { dryRun, word } from "../../flags.ts"
import type { ProvidersNewOutput } from "../../output/providers.ts"
import { search } from "../../providers/sources.ts"
import { here, load } from "../../settings/load.ts"

export { ProvidersNewOutput as Output } from "../../output/providers.ts"

export default class ProvidersNew extends BaseCommand {
  static override summary = "begin a plugin for a cloud that runctl does not know"
  static override description = `Writes a package that works: a provider for a small invented cloud, that cloud in memory, and a test that holds one to the other. Replace the cloud by yours, part by part, with the laws telling what is not right yet: see docs/writing-a-provider.md.

\`npm create runctl-provider NAME\` does the same without runctl. Nothing is ever overwritten.`
  static override examples = [
    { description: "In ./runctl-plugin-acme", command: "<%= config.bin %> <%= command.id %> acme" },
    {
      description: "See what would be written, elsewhere",
      command: "<%= config.bin %> <%= command.id %> acme --dir plugins/acme --dry-run"
    }
  ]
  static override args = { name: word("what the provider is to be called: a to z, 0 to 9 and dashes") }
  static override flags = {
    dir: Flags.string({ summary: "where it goes; ./runctl-plugin-NAME when not given", helpValue: "FOLDER" }),
    "dry-run": dryRun
  }

  async run(): Promise<ProvidersNewOutput> {
    const { args, flags } = await this.parse(ProvidersNew)
    const taken = new Map([...takenNames.map((name) => [name, "bundled"] as const), ...takenHere()])
    const name = parse(args.name, taken)
    if (isMistake(name)) {
      const near = name.nearest === undefined || taken.has(name.nearest) ? undefined : name.nearest
      throw usage(name.message, near === undefined ? "Take another name." : `Try "${near}".`)
    }
    const folder = resolve(flags.dir ?? name.packageName)
    try {
      const begun = begin({ name, folder, version: this.config.version, isDryRun: flags["dry-run"] })
      this.print(inWords(begun))
      return begun
    } catch (error) {
      if (!isFolderTaken(error)) throw error
      throw fail("RUNCTL_E_LOCAL_FILE", error.message, "Give another folder with --dir, or move it away.")
    }
  }
}

/** Providers that other plugins have brought. A configuration that is wrong keeps nobody from writing a plugin. */
const takenHere = (): ReadonlyArray<readonly [string, string]> => {
  try {
    return search(load(here()), process.env).sources.map(({ manifest, origin }) => [manifest.name, origin] as const)
  } catch {
    return []
  }
}
