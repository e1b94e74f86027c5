import { resolve } from "node:path"
import { BaseCommand } from "../BaseCommand.ts"
import { insecureHostKey, word } from "../flags.ts"
import type { TransferOutput } from "../output/transfer.ts"
import { copyingOn } from "../render/copying.ts"
import { copyFlags, copyOptions, transferText, viewTransfer, withMachine } from "../transfer.ts"

export { TransferOutput as Output } from "../output/transfer.ts"

export default class Upload extends BaseCommand {
  static override summary = "copy a file or folder to a machine"
  static override description =
    "Only what changed is sent; every file is verified by its digest there. A copy that was cut off goes on where it was, also when the command is given again."
  static override examples = [
    {
      description: "Put a data set on a machine",
      command: "<%= config.bin %> <%= command.id %> train-k3f9 ./data data"
    }
  ]
  static override args = {
    id: word("machine, or a run on it"),
    source: word("file or folder here"),
    target: word("path there, relative to the machine's directory")
  }
  static override flags = { ...copyFlags, "insecure-host-key": insecureHostKey }

  async run(): Promise<TransferOutput> {
    const { args, flags } = await this.parse(Upload)
    const shown = copyingOn(process.stderr)
    const options = copyOptions(flags, shown.tell)
    const { answer, id } = await this.effect(
      withMachine(args.id, (using, machine) => using.upload(machine, resolve(args.source), args.target, options)),
      { isInsecure: flags["insecure-host-key"] }
    ).finally(shown.clear)
    const output = viewTransfer(id, answer, flags["dry-run"])
    this.print(transferText(output, "", `${id}:${args.target}`))
    return output
  }
}
