import { resolve } from "node:path"
import { BaseCommand } from "../BaseCommand.ts"
import { insecureHostKey, word } from "../flags.ts"
import type { TransferOutput } from "../output/transfer.ts"
import { bytes, count } from "../render/units.ts"
import { viewTransfer, withMachine } from "../transfer.ts"

export { TransferOutput as Output } from "../output/transfer.ts"

export default class Download extends BaseCommand {
  static override summary = "copy a file or folder from a machine"
  static override description = "Every file is verified by its digest, and nothing is written outside the target."
  static override examples = [
    {
      description: "Look into a machine that was kept",
      command: "<%= config.bin %> <%= command.id %> train-k3f9 data ./data"
    }
  ]
  static override args = {
    id: word("machine, or a run on it"),
    source: word("path there, relative to the machine's home"),
    target: word("file or folder here")
  }
  static override flags = { "insecure-host-key": insecureHostKey }

  async run(): Promise<TransferOutput> {
    const { args, flags } = await this.parse(Download)
    const { answer, id } = await this.effect(
      withMachine(args.id, (using, machine) => using.download(machine, args.source, resolve(args.target))),
      { isInsecure: flags["insecure-host-key"] }
    )
    const output = viewTransfer(id, answer)
    this.print(`${count(output.files.length, "file")}, ${bytes(output.bytes)} → ${args.target}`)
    return output
  }
}
