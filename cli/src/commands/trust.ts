import * as Flags from "@oclif/core/flags"
import { didYouMean } from "@runctl/core/Nearest"
import { existsSync, readFileSync, realpathSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { BaseCommand } from "../BaseCommand.ts"
import { canAsk, confirm } from "../confirm.ts"
import { fail, usage } from "../errors/Failure.ts"
import { dryRun, optionalWord, yes } from "../flags.ts"
import type { TrustListOutput, TrustOutput } from "../output/settings.ts"
import { pluginDependencies } from "../providers/sources.ts"
import { renderRequests, renderTrusted } from "../render/settings.ts"
import { asking } from "../settings/asking.ts"
import { isBad, readDocument } from "../settings/document.ts"
import { issueText } from "../settings/load.ts"
import { projectFile, stateFolder } from "../settings/places.ts"
import { distrust, isTrusted, trust, trustedFiles } from "../settings/trust.ts"

export { TrustListOutput as ListOutput, TrustOutput as Output } from "../output/settings.ts"

export default class Trust extends BaseCommand {
  static override summary = "let a project's own file load plugins, set endpoints and notify"
  static override description =
    "A cloned repository must not run code or receive a token. What its runctl.yaml asks for is shown first; trust holds for exactly this text at exactly this place, and any change takes it away."
  static override examples = [
    { description: "See what this project asks for", command: "<%= config.bin %> <%= command.id %> --dry-run" },
    { description: "Trust it without being asked", command: "<%= config.bin %> <%= command.id %> --yes" },
    { description: "What is trusted on this computer", command: "<%= config.bin %> <%= command.id %> --list" },
    { description: "Take the trust away", command: "<%= config.bin %> <%= command.id %> --remove" }
  ]
  static override args = { project: optionalWord("a project's folder or its runctl.yaml; this project when absent") }
  static override flags = {
    list: Flags.boolean({ summary: "show what is trusted", default: false, exclusive: ["remove"] }),
    remove: Flags.boolean({ summary: "take the trust away", default: false }),
    "dry-run": dryRun,
    yes
  }

  async run(): Promise<TrustOutput | TrustListOutput> {
    const { args, flags } = await this.parse(Trust)
    const home = stateFolder(process.env)
    if (flags.list) {
      const output = { files: trustedFiles(home) }
      this.print(renderTrusted(output, this.style))
      return output
    }
    return flags.remove
      ? this.take(home, args.project, flags["dry-run"])
      : this.give(home, fileOf(args.project), { isDryRun: flags["dry-run"], isSure: flags.yes })
  }

  private async give(
    home: string,
    file: string,
    { isDryRun, isSure }: { readonly isDryRun: boolean; readonly isSure: boolean }
  ): Promise<TrustOutput> {
    // What is shown is what is trusted: the file is read once.
    const text = readFileSync(file, "utf8")
    const read = readDocument(file, text)
    if (isBad(read)) throw fail("RUNCTL_E_CONFIG", read.map(issueText).join("\n"))
    const asks = asking(read, pluginDependencies(dirname(file)))
    const before = isTrusted(home, file, text)
    if (asks.length === 0) {
      this.print(`${file} asks for nothing that needs trust.`)
      return { dryRun: isDryRun, file, trusted: before, asks }
    }
    this.print(renderRequests(file, asks, this.style))
    if (before || isDryRun) {
      this.print(before ? "It is trusted." : "It is not trusted.")
      return { dryRun: isDryRun, file, trusted: before, asks }
    }
    if (!isSure && !canAsk()) throw fail("RUNCTL_E_NEEDS_CONFIRMATION", `${file} is not trusted yet`)
    if (!isSure) await confirm("Do you trust this file, and whoever wrote it?")
    trust(home, file, text)
    this.print(`Trusted until it changes: ${file}`)
    return { dryRun: isDryRun, file, trusted: true, asks }
  }

  private take(home: string, project: string | undefined, isDryRun: boolean): TrustOutput {
    const known = trustedFiles(home).map(({ file }) => file)
    const named = resolve(project ?? projectFile(process.cwd()) ?? "runctl.yaml")
    const candidates = [named, join(named, "runctl.yaml")].map((path) => (existsSync(path) ? realpathSync(path) : path))
    const file = candidates.find((path) => known.includes(path))
    if (file === undefined) {
      throw usage(
        `${named} was never trusted.${didYouMean(named, known)}`,
        "`runctl trust --list` shows what is trusted."
      )
    }
    if (!isDryRun) distrust(home, file)
    this.print(isDryRun ? `would not be trusted any more: ${file}` : `Not trusted any more: ${file}`)
    return { dryRun: isDryRun, file, trusted: isDryRun, asks: [] }
  }
}

/** The file of a project that is named by its folder, by the file itself, or by being here. */
const fileOf = (project: string | undefined): string => {
  if (project === undefined) {
    const found = projectFile(process.cwd())
    if (found === undefined) throw usage("there is no runctl.yaml here or in a folder above", "Nothing needs trust.")
    return found
  }
  const named = resolve(project)
  const file = existsSync(join(named, "runctl.yaml")) ? join(named, "runctl.yaml") : named
  if (!existsSync(file)) throw usage(`${file} does not exist`)
  return file
}
