import { existsSync } from "node:fs"
import { join } from "node:path"
import { exec, fromComplaints, type Gate, leftOut, readJson, repository } from "./Gate.ts"

const compiler = join(repository, `node_modules/@effect/tsgo-${process.platform}-${process.arch}/lib/tsc`)

/** Only what concerns Effect, and is wrong rather than a matter of taste: type errors are another gate's business. */
const complaint = /: (?:error|warning) .*\beffect\(\w+\)/

const project = (path: string): string => (path.endsWith(".json") ? path : join(path, "tsconfig.json"))

export const effect: Gate = {
  name: "effect",
  holds: "no forgotten effects, no needless generators",
  // What a project refers to is read from its declarations: without them every type of another package is `any`.
  after: ["types"],
  run: async (root) => {
    if (!existsSync(compiler)) return leftOut(`no Effect compiler for ${process.platform}-${process.arch} is installed`)
    const { references } = readJson<{ readonly references: ReadonlyArray<{ readonly path: string }> }>(
      join(root, "tsconfig.json")
    )
    const complaints: Array<string> = []
    for (const { path } of references) {
      const { stdout, stderr, code } = await exec(compiler, ["-p", project(path), "--noEmit"], root)
      if (code !== 0 && stdout.trim() === "") complaints.push(`${path}: ${stderr.trim()}`)
      complaints.push(...stdout.split("\n").filter((line) => complaint.test(line)))
    }
    return fromComplaints(complaints)
  }
}
