/**
 * What a run was asked to be, from the command line.
 */
import * as DataSource from "@runctl/remote/DataSource"
import type { Placement, RunSpec } from "@runctl/runtime/Event"
import type { Handed } from "@runctl/runtime/Secrets"
import type { RunId } from "@runctl/core/Run"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import { basename, isAbsolute, normalize, resolve } from "node:path"
import { usage } from "../errors/Failure.ts"
import type { Variables } from "./environment.ts"
import { destination } from "./outputs.ts"
import type { Planned } from "./plan.ts"
import type { Project } from "./script.ts"

/** The flags that describe the job itself. */
export interface JobFlags {
  readonly data?: string | undefined
  readonly out?: string | undefined
  readonly "output-dest"?: string | undefined
  readonly "checkpoint-dir"?: string | undefined
  readonly name?: string | undefined
  readonly notify?: string | undefined
  readonly keep: boolean
}

const alphabet = "23456789abcdefghjkmnpqrstuvwxyz"

/** A few characters that tell one run from another. */
export const distinct = (length: number): string =>
  [...randomBytes(length)].map((byte) => alphabet[byte % alphabet.length]).join("")

/** The name of a run: what was asked for, or the script's with a few characters of its own. */
export const nameFor = (asked: string | undefined, script: string): string => {
  if (asked !== undefined) {
    if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(asked)) return asked
    throw usage(`--name ${asked}: letters, digits, dot, dash and underscore only, at most 63`)
  }
  const stem = basename(script)
    .replace(/\.[^.]+$/, "")
    .replaceAll(/[^A-Za-z0-9_-]+/g, "-")
    .replace(/^[-_]+/, "")
  return `${stem.slice(0, 50) || "run"}-${distinct(4)}`
}

const dataOf = (source: string | undefined, cwd: string): string | undefined => {
  if (source === undefined) return undefined
  const parsed = DataSource.parse(source)
  if (Result.isFailure(parsed)) throw usage(`--data ${parsed.failure}`)
  if (parsed.success._tag !== "Local") return source
  const path = resolve(cwd, source)
  if (!existsSync(path)) throw usage(`--data ${source} does not exist`)
  return path
}

const checkpointFolder = (folder: string | undefined): string | undefined => {
  if (folder === undefined) return undefined
  const inside = normalize(folder)
  if (isAbsolute(inside) || inside.startsWith("..")) {
    throw usage(`--checkpoint-dir ${folder}: a folder inside the project is wanted`)
  }
  return inside
}

/** Everything a spec is made of. */
export interface Request {
  readonly project: Project
  readonly args: ReadonlyArray<string>
  readonly flags: JobFlags
  readonly variables: Variables
  readonly notify: string | undefined
  readonly resumeOf: RunId | undefined
  readonly cwd: string
}

/** A request that is checked; what is missing is where it happens. */
export interface Draft {
  readonly name: string
  readonly job: RunSpec["job"]
  readonly rest: Pick<RunSpec, "keep" | "envFiles" | "resumeOf" | "notify">
  readonly handed: Handed
}

/** Checks everything that can be known before anybody is asked. */
export const draft = (request: Request): Draft => {
  const { args, cwd, flags, notify, project, resumeOf, variables } = request
  const name = nameFor(flags.name, project.script)
  const dataSource = dataOf(flags.data, cwd)
  const checkpointDir = checkpointFolder(flags["checkpoint-dir"])
  return {
    name,
    job: {
      project: project.folder,
      script: project.script,
      args,
      environment: variables.plain,
      secretNames: [...variables.secrets.keys()],
      outputDest: destination({ out: flags.out, dest: flags["output-dest"] }, cwd, name),
      ...(dataSource === undefined ? {} : { dataSource }),
      ...(checkpointDir === undefined ? {} : { checkpointDir })
    },
    rest: {
      keep: flags.keep,
      envFiles: variables.files,
      ...(resumeOf === undefined ? {} : { resumeOf }),
      ...(notify === undefined ? {} : { notify: /^https?:\/\//i.test(notify) ? "url" : "command" })
    },
    handed: { secrets: variables.secrets, notify: notify === undefined ? undefined : Redacted.make(notify) }
  }
}

/** The spec of a draft that has a place. `isAttended`: somebody is there to be asked about a price that has moved. */
export const specOf = (
  { job, name, rest }: Draft,
  placement: Placement,
  { limits }: Pick<Planned, "limits">,
  isAttended: boolean
): RunSpec => ({
  name,
  job,
  placement,
  deadlineAt: limits.deadlineAt,
  ...(limits.expectedHours === undefined ? {} : { expectedHours: limits.expectedHours }),
  ...(limits.isDeadlineDerived === true ? { isDeadlineDerived: true } : {}),
  graceSeconds: limits.graceSeconds,
  holdSeconds: limits.holdSeconds,
  budgets: limits.budgets,
  ...(limits.project === undefined ? {} : { project: limits.project }),
  ...(isAttended ? { asksAboutPrice: true } : {}),
  ...rest
})
