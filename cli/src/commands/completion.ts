import * as Args from "@oclif/core/args"
import * as Flags from "@oclif/core/flags"
import { BaseCommand } from "../BaseCommand.ts"
import { bashScript } from "../completion/bash.ts"
import { fishScript } from "../completion/fish.ts"
import { valuesOf } from "../completion/values.ts"
import { type CommandWord, knowns, wordsOf } from "../completion/words.ts"
import { zshScript } from "../completion/zsh.ts"
import { usage } from "../errors/Failure.ts"
import type { CompletionOutput } from "../output/completion.ts"

export { CompletionOutput as Output } from "../output/completion.ts"

const scripts: Readonly<Record<string, (all: ReadonlyArray<CommandWord>) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript
}

export default class Completion extends BaseCommand {
  static override summary = "print a script that completes commands, flags, runs and machines in your shell"
  static override description =
    "Commands of installed plugins are in it: read it anew after installing one. Names of runs and machines are looked up while you type."
  static override examples = [
    { description: "bash, in ~/.bashrc", command: "source <(<%= config.bin %> <%= command.id %> bash)" },
    { description: "zsh, in ~/.zshrc after compinit", command: "source <(<%= config.bin %> <%= command.id %> zsh)" },
    {
      description: "fish, once",
      command: "<%= config.bin %> <%= command.id %> fish > ~/.config/fish/completions/runctl.fish"
    }
  ]
  static override args = {
    shell: Args.string({ description: "your shell", options: Object.keys(scripts), ignoreStdin: true })
  }
  static override flags = {
    values: Flags.option({ options: knowns, summary: "print what can be typed now, for the scripts", hidden: true })()
  }

  async run(): Promise<CompletionOutput> {
    const { args, flags } = await this.parse(Completion)
    if (flags.values !== undefined) {
      const values = valuesOf(flags.values)
      if (values.length > 0) this.print(values.join("\n"))
      return { shell: "", script: values.join("\n") }
    }
    const shell = args.shell ?? ""
    const made = scripts[shell]
    if (made === undefined) {
      throw usage("SHELL is missing: bash, zsh or fish", "For example: source <(runctl completion bash)")
    }
    const topics = new Map(this.config.topics.map(({ description, name }) => [name, description ?? ""]))
    const script = made(wordsOf(this.config.commands, topics))
    this.print(script)
    return { shell, script }
  }
}
