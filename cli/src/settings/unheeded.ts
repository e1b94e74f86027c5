/**
 * What a project's file says of providers although the supervisor, which carries runs, reads the user's own file. Pure.
 */
import type { Loaded } from "./load.ts"
import type { Origin } from "./merge.ts"

const isFrom = (origin: Origin, file: string): boolean => origin._tag === "File" && origin.file === file

/**
 * What to say to somebody who is about to start a run with a provider (`any` is all of them); nothing when the supervisor
 * goes by the same. `read` are the files that it reads.
 */
export const unheeded = (
  { entries, project }: Loaded,
  provider: string,
  read: { readonly user: string; readonly project: string | undefined }
): string | undefined => {
  if (project === undefined || project.file === read.project) return undefined
  const names = entries.flatMap(({ origin, path: [group, name], trusted }) =>
    trusted && group === "providers" && name !== undefined && isFrom(origin, project.file) ? [name] : []
  )
  const first = names.find((name) => provider === "any" || provider === name)
  return first === undefined
    ? undefined
    : `providers.${first} of ${project.file} counts for commands alone: the supervisor, which carries the run, goes by ${read.user}.`
}
