import { homedir } from "node:os"
import { join } from "node:path"
import { BaseCommand } from "../BaseCommand.ts"
import { fail, usage } from "../errors/Failure.ts"
import { dryRun, toggle } from "../flags.ts"
import type { SshConfigOutput } from "../output/sshConfig.ts"
import { clean } from "../render/table.ts"
import { count } from "../render/units.ts"
import { gather } from "../sshConfig/gather.ts"
import { includeLine, install, isIncludable, isInstalled, writeWhole } from "../sshConfig/include.ts"

export { SshConfigOutput as Output } from "../output/sshConfig.ts"

/** `HOME` goes before the password file, as for OpenSSH's own tools. */
const userConfig = (): string => join(process.env["HOME"] || homedir(), ".ssh", "config")

export default class SshConfig extends BaseCommand {
  static override summary = "let ssh, scp, rsync and VS Code reach machines as `runctl-NAME`"
  static override description = `Writes one file that OpenSSH includes, with a block for each of one's own machines that run: where it is, which key opens it, which key it must show. NAME is its label, else its key. Run it again when machines have come or gone. A machine's own key is known once runctl has been there, or when its provider told it.`
  static override examples = [
    {
      description: "Write the file, and have OpenSSH read it from now on",
      command: "<%= config.bin %> <%= command.id %> --install"
    },
    { description: "Only look", command: "<%= config.bin %> <%= command.id %> --print" }
  ]
  static override flags = {
    install: toggle({ summary: "put the one line that includes it at the top of ~/.ssh/config" }),
    print: toggle({ summary: "print the blocks, and write nothing" }),
    "dry-run": dryRun
  }

  async run(): Promise<SshConfigOutput> {
    const { flags } = await this.parse(SshConfig)
    if (flags.install && flags.print) throw usage("--print writes nothing, --install writes: one of them")
    const isDryRun = flags["dry-run"] || flags.print
    const { blocks, file, hosts, leftOut, pinned, pinnedFile } = await this.effect(gather, { isDryRun })
    if (!isIncludable(file)) {
      throw fail(
        "RUNCTL_E_HOME",
        `OpenSSH cannot include ${file}: its name has characters that it reads as something else`,
        "Point RUNCTL_HOME at a folder with a plainer name."
      )
    }
    const config = userConfig()
    const include = includeLine(file)
    if (!isDryRun) {
      writeWhole(pinnedFile, pinned, 0o600)
      writeWhole(file, blocks, 0o600)
    }
    const wasInstalled = isInstalled(config, include)
    if (flags.install && !isDryRun) install(config, include)
    const installed = wasInstalled || (flags.install && !isDryRun)
    for (const { resource, why } of leftOut) this.say(`left out: ${resource}: ${clean(why)}`)
    if (flags.print) this.print(blocks.trimEnd())
    else this.#tell({ hosts, include, file, config, wasInstalled, isDryRun, installs: flags.install })
    return { dryRun: isDryRun, file, include, installed, hosts, leftOut, blocks }
  }

  #tell(facts: {
    readonly hosts: SshConfigOutput["hosts"]
    readonly include: string
    readonly file: string
    readonly config: string
    readonly wasInstalled: boolean
    readonly isDryRun: boolean
    readonly installs: boolean
  }): void {
    const { config, file, hosts, include, installs, isDryRun, wasInstalled } = facts
    for (const { host } of hosts) this.print(host)
    this.say(`${isDryRun ? "would write" : "wrote"} ${count(hosts.length, "host")} to ${file}`)
    if (wasInstalled) return
    if (installs) this.say(`${isDryRun ? "would put" : "put"} at the top of ${config}: ${include}`)
    else this.say(`Put this at the top of ${config}, or say --install:\n\n${include}\n`)
  }
}
