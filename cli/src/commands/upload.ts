import { resolve } from "node:path"
import { BaseCommand } from "../BaseCommand.ts"
import { insecureHostKey, word } from "../flags.ts"
import type { TransferOutput } from "../output/transfer.ts"
import { bytes, count } from "../render/units.ts"
import { viewTransfer, withMachine } from "../transfer.ts"

export { TransferOutput as Output } from "../output/transfer.ts"

export default class Upload extends BaseCommand {
  static override summary = "copy a file or folder to a machine"
  static override examples = [
    {
      description: "Put a data set on a machine",
      command: "<%= config.bin %> <%= command.id %> train-k3f9 ./data data"
    }
  ]
  static override args = {
    id: word("machine, or a run on it"),
    source: word("file or folder here"),
    target: word("path there, relative to the machine's home")
  }
  static override flags = { "insecure-host-key": insecureHostKey }

  async run(): Promise<TransferOutput> {
    const { args, flags } = await this.parse(Upload)
    const { answer, id } = await this.effect(
      withMachine(args.id, (using, machine) => using.upload(machine, resolve(args.source), args.target)),
      { isInsecure: flags["insecure-host-key"] }
    )
    const output = viewTransfer(id, answer)
    this.print(`${count(output.files.length, "file")}, ${bytes(output.bytes)} → ${id}:${args.target}`)
    return output
  }
}
