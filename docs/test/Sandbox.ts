import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Box, program } from "../../test/harness/Box.ts"
import type { Outcome } from "../../test/harness/Command.ts"
import { root } from "./repository.ts"

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** A checkout with its examples, a user's home and a RUNCTL_HOME, all of them temporary. */
export class Sandbox {
  readonly box: Box
  printed = ""

  constructor(brings: ReadonlyArray<string>) {
    this.box = new Box()
    for (const example of ["digits", "digits-python"]) {
      cpSync(join(root, "examples", example), join(this.box.project, "examples", example), { recursive: true })
    }
    for (const folder of brings) symlinkSync(join(root, folder), join(this.box.project, folder))
    const programs = join(this.box.folder, "bin")
    mkdirSync(programs)
    const runctl = `${quoted(process.execPath)} ${quoted(program)}`
    const add = (name: string, body: string): void =>
      writeFileSync(join(programs, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
    add("runctl", `exec ${runctl} "$@"`)
    add("npx", `[ "$1" = runctl ] || { echo "npx $1 is not for here" >&2; exit 98; }\nshift\nexec ${runctl} "$@"`)
    this.box.env["PATH"] = `${programs}:${this.box.env["PATH"] ?? ""}`
  }

  /** Runs a program of `sh` in the checkout, remembering what it prints. */
  async run(script: string): Promise<Outcome> {
    const command = this.box.startProgram("sh", ["-c", script])
    command.closeInput()
    const outcome = await command.ended
    this.printed = outcome.stdout
    return outcome
  }
}
