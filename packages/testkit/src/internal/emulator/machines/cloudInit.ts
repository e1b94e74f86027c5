import { readFileSync } from "node:fs"
import { find } from "../../ssh/programs.ts"

/** Runs all stages in one process: the interpreter's start would take longer than they do. */
const stages = `import sys
from cloudinit.cmd.main import main
def stage(*words):
    sys.argv = ["cloud-init", *words]
    main(sys.argv)
stage("init", "--local")
stage("init")
open("/run/machine/init-done", "w").close()
stage("modules", "--mode=config")
stage("modules", "--mode=final")
`

/** What runs cloud-init here. */
const python = (): string | undefined => {
  const program = find("cloud-init")
  if (program === undefined) return undefined
  const [, interpreter] = /^#!\s*(\S+)/.exec(readFileSync(program, "utf8").split("\n")[0] ?? "") ?? []
  return interpreter
}

export const hasCloudInit = (): boolean => python() !== undefined

/** A command for inside of the machine; it writes `init-done` into its folder when logins may begin. */
export const cloudInitCommand = (): ReadonlyArray<string> => [python() ?? "python3", "-c", stages]
