/**
 * Reads the configuration of this process: files, trust and environment.
 */
import { existsSync, readFileSync } from "node:fs"
import { fail } from "../errors/Failure.ts"
import { type FileIssue, isBad, readDocument, type SettingsFile } from "./document.ts"
import { type Entry, isInvalid, merge, originText, settingsOf } from "./merge.ts"
import { type Environment, projectFile, stateFolder, userFile } from "./places.ts"
import { nameOf, type Settings } from "./schema.ts"
import { isTrusted } from "./trust.ts"

/** The configuration that counts, and where each value comes from. */
export interface Loaded {
  readonly settings: Settings
  readonly entries: ReadonlyArray<Entry>
  readonly project: { readonly file: string; readonly isTrusted: boolean } | undefined
  /** `config.yaml:12`: where a key that counts stands, also one inside of a list. */
  readonly locate: (path: ReadonlyArray<string>) => string | undefined
}

/** Where to look. */
export interface Surroundings {
  readonly env: Environment
  readonly cwd: string
}

/** This process. */
export const here = (): Surroundings => ({ env: process.env, cwd: process.cwd() })

/** One mistake on one line. */
export const issueText = ({ file, line, message }: FileIssue): string => `${file}:${line}: ${message}`

const read = (file: string): SettingsFile => {
  const found = readDocument(file, readFileSync(file, "utf8"))
  if (isBad(found)) throw fail("RUNCTL_E_CONFIG", found.map(issueText).join("\n"))
  return found
}

/** Everything that is wrong with the files that count here, each by itself. */
export const problemsHere = ({ env, cwd }: Surroundings): ReadonlyArray<FileIssue> =>
  [userFile(env), projectFile(cwd)].flatMap((file) => {
    if (file === undefined || !existsSync(file)) return []
    const found = readDocument(file, readFileSync(file, "utf8"))
    return isBad(found) ? found : []
  })

/** The configuration that counts here. Throws a `CliFailure` that names file, line and key. */
export const load = ({ env, cwd }: Surroundings): Loaded => {
  const user = userFile(env)
  const project = projectFile(cwd)
  const trusted = project !== undefined && isTrusted(stateFolder(env), project, readFileSync(project, "utf8"))
  const files = {
    user: existsSync(user) ? read(user) : undefined,
    project: project === undefined ? undefined : read(project),
    isTrusted: trusted
  }
  const entries = merge(files, env)
  const settings = settingsOf(entries)
  if (isInvalid(settings)) {
    const lines = settings.map(({ path, message }) => {
      const entry = entries.find((each) => nameOf(each.path) === nameOf(path))
      return entry === undefined ? message : `${originText(entry.origin)}: ${message}`
    })
    throw fail("RUNCTL_E_CONFIG", lines.join("\n"))
  }
  const locate: Loaded["locate"] = (path) => {
    const from = entries.findLast((entry) => entry.trusted && entry.path.every((part, at) => part === path[at]))
    if (from === undefined) return undefined
    const { origin } = from
    const file = [files.user, files.project].find((each) => origin._tag === "File" && each?.file === origin.file)
    return file === undefined ? originText(origin) : `${file.file}:${file.lineOf(path)}`
  }
  return {
    settings,
    entries,
    project: project === undefined ? undefined : { file: project, isTrusted: trusted },
    locate
  }
}
