import { resolve, sep } from "node:path"
import { BaseCommand } from "../BaseCommand.ts"
import { insecureHostKey, word } from "../flags.ts"
import type { TransferOutput } from "../output/transfer.ts"
import { copyingOn } from "../render/copying.ts"
import { copyFlags, copyOptions, transferText, viewTransfer, withMachine } from "../transfer.ts"

export { TransferOutput as Output } from "../output/transfer.ts"

export default class Download extends BaseCommand {
  static override summary = "copy a file or folder from a machine"
  static override description =
    "Only what changed is brought; every file is verified by its digest, and nothing is written outside the target. A copy that was cut off goes on where it was, also when the command is given again."
  static override examples = [
    {
      description: "Look into a machine that was kept",
      command: "<%= config.bin %> <%= command.id %> train-k3f9 data ./data"
    }
  ]
  static override args = {
    id: word("machine, or a run on it"),
    source: word("path there, relative to the machine's directory"),
    target: word("file or folder here")
  }
  static override flags = { ...copyFlags, "insecure-host-key": insecureHostKey }

  async run(): Promise<TransferOutput> {
    const { args, flags } = await this.parse(Download)
    const shown = copyingOn(process.stderr)
    const options = copyOptions(flags, shown.tell)
    const target = args.target.endsWith(sep) ? resolve(args.target) + sep : resolve(args.target)
    const { answer, id } = await this.effect(
      withMachine(args.id, (using, machine) => using.download(machine, args.source, target, options)),
      { isInsecure: flags["insecure-host-key"] }
    ).finally(shown.clear)
    const output = viewTransfer(id, answer, flags["dry-run"])
    this.print(transferText(output, "", args.target))
    return output
  }
}
