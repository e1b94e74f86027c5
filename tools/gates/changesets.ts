import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { exec, failed, fromComplaints, type Gate, leftOut, published, readJson } from "./Gate.ts"

interface Changeset {
  readonly file: string
  readonly names: ReadonlyArray<string>
  readonly text: string
}

const shape = /^---\n([\s\S]*?)---\n([\s\S]*)$/
const line = /^"?([^"\s]+)"?:\s*(major|minor|patch)$/

const parse = (file: string, content: string): Changeset | string => {
  const [, head, text = ""] = shape.exec(content) ?? []
  if (head === undefined) return `${file}: no front matter`
  const lines = head.split("\n").filter((each) => each.trim() !== "")
  const names = lines.map((each) => line.exec(each.trim())?.[1])
  if (names.includes(undefined)) return `${file}: a line is not "package": major|minor|patch`
  return { file, names: names.filter((name) => name !== undefined), text: text.trim() }
}

/** The commit that this work started from, or undefined when git cannot say. */
const base = async (root: string): Promise<string | undefined> => {
  const { baseBranch } = readJson<{ readonly baseBranch: string }>(join(root, ".changeset/config.json"))
  const { stdout: branch } = await exec("git", ["branch", "--show-current"], root)
  const candidates = [`origin/${baseBranch}`, ...(branch.trim() === baseBranch ? [] : [baseBranch])]
  for (const candidate of candidates) {
    const { code, stdout } = await exec("git", ["merge-base", candidate, "HEAD"], root)
    if (code === 0) return stdout.trim()
  }
  return undefined
}

const changedFiles = async (root: string, since: string): Promise<ReadonlyArray<string>> => {
  const [tracked, untracked] = await Promise.all([
    exec("git", ["diff", "--name-only", since], root),
    exec("git", ["ls-files", "--others", "--exclude-standard"], root)
  ])
  return `${tracked.stdout}${untracked.stdout}`.split("\n").filter((file) => file !== "")
}

/** An empty changeset says that nothing a user could notice has changed. */
const excuses = ({ names }: Changeset): boolean => names.length === 0

export const changesets: Gate = {
  name: "changesets",
  holds: "what a user will notice is written down",
  run: async (root) => {
    const folder = join(root, ".changeset")
    if (!existsSync(folder)) return failed(".changeset is missing")
    const files = readdirSync(folder).filter((file) => file.endsWith(".md") && file !== "README.md")
    const parsed = files.map((file) => parse(file, readFileSync(join(folder, file), "utf8")))
    const valid = parsed.filter((each) => typeof each !== "string")
    const packages = published(root)
    const known = new Set(packages.map(({ manifest }) => manifest.name))
    const complaints = [
      ...parsed.filter((each) => typeof each === "string"),
      ...valid.flatMap(({ file, names }) =>
        names.filter((name) => !known.has(name)).map((name) => `${file}: no package is called ${name}`)
      ),
      ...valid.filter((each) => each.text === "" && !excuses(each)).map(({ file }) => `${file}: says nothing`)
    ]

    const since = await base(root)
    if (since === undefined) {
      return complaints.length > 0 ? failed(complaints.join("\n")) : leftOut("no base branch to compare with")
    }
    const changed = await changedFiles(root, since)
    const written = valid.filter(({ file }) => changed.includes(`.changeset/${file}`))
    const told = new Set(written.flatMap(({ names }) => names))
    const silent = packages
      .filter(({ folder: each }) => changed.some((file) => file.startsWith(`${each}/src/`)))
      .filter(({ manifest }) => !told.has(manifest.name) && !written.some(excuses))
      .map(
        ({ manifest }) =>
          `${manifest.name} has changed; run npm run changeset (or changeset --empty when no user can notice)`
      )
    return fromComplaints([...complaints, ...silent])
  }
}
