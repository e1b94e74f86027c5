/**
 * What of a local folder goes to a machine.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import ignore from "ignore"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Failure from "./Failure.ts"
import * as IgnoreRules from "./IgnoreRules.ts"
import { type LocalEntry, LocalFiles } from "./LocalFiles.ts"

/**
 * One thing that goes to a machine. `path` is relative, with slashes.
 *
 * @category models
 * @since 0.1.0
 */
export type LocalFile =
  | {
      readonly kind: "file"
      readonly path: string
      readonly bytes: number
      readonly mtimeMs: number
      readonly mode: number
    }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  /** Only a folder with nothing in it that goes along. */
  | { readonly kind: "folder"; readonly path: string }

/** A folder that goes along. @category models @since 0.1.0 */
export interface LocalFolder {
  readonly path: string
  readonly mtimeMs: number
  readonly mode: number
}

/**
 * What goes to a machine, in the order of its paths, and what cannot. `folders` are all below the top that go along.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProjectFiles {
  readonly files: ReadonlyArray<LocalFile>
  readonly folders: ReadonlyArray<LocalFolder>
  readonly skipped: ReadonlyArray<string>
}

/**
 * Walks a folder. `rules: "none"` takes everything, for data.
 *
 * **Details**  a symbolic link goes along as a link when it stays inside; an absolute one is made relative. Sockets,
 * pipes and devices are left out and named in `skipped`. `except` are absolute paths that stay behind, `exclude` patterns as in a `.gitignore`.
 * **Errors**   `PathEscapes` for a link that leaves the folder; `LocalFileFailed` for what cannot be read.
 *
 * @category constructors
 * @since 0.1.0
 */
export const list = Effect.fn("ProjectFiles.list")(function* (
  operation: Failure.Operation,
  folder: string,
  options: {
    readonly rules: "project" | "none"
    readonly except?: ReadonlyArray<string>
    readonly exclude?: ReadonlyArray<string>
  }
): Effect.fn.Return<ProjectFiles, JobError, FileSystem.FileSystem | Path.Path> {
  const localFiles = yield* LocalFiles
  const platform = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const excluded = options.exclude === undefined ? undefined : ignore().add([...options.exclude])
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const failing = (name: string) => Effect.mapError(Failure.fromPlatform(operation, name))
  const top = yield* fs.realPath(folder).pipe(failing(folder))
  const named = options.except ?? []
  const real = yield* Effect.forEach(named, (name) => Effect.orElseSucceed(fs.realPath(name), () => name))
  const except = new Set([...named, ...real])
  const files: Array<LocalFile> = []
  const folders: Array<LocalFolder> = []
  const skipped: Array<string> = []
  const isInside = (absolute: string): boolean => absolute === top || absolute.startsWith(top + path.sep)
  const content = (name: string) => Effect.map(Effect.option(fs.readFileString(name)), Option.getOrUndefined)

  // Step by step as a kernel does it: `realPath` takes `link/..` for the folder of the link.
  const follow = Effect.fnUntraced(function* (from: string, target: string) {
    const steps = target.split("/")
    let [at, stayed] = [path.isAbsolute(target) ? "/" : from, !path.isAbsolute(target)]
    let links = 0
    while (steps.length > 0) {
      const step = steps.shift() ?? ""
      if (step === ".." || step === "." || step === "") {
        at = path.resolve(at, step)
      } else {
        const next = path.join(at, step)
        const through = yield* Effect.option(fs.readLink(next))
        if (Option.isSome(through) && links++ < 40) {
          if (path.isAbsolute(through.value)) at = "/"
          steps.unshift(...through.value.split("/"))
        } else at = next
      }
      stayed = stayed && isInside(at)
    }
    return { end: at, stayed }
  })

  const link = Effect.fnUntraced(function* (name: string, absolute: string) {
    const target = yield* fs.readLink(absolute).pipe(failing(absolute))
    const { end, stayed } = yield* follow(path.dirname(absolute), target)
    if (!isInside(end)) {
      return yield* Failure.escapes(
        operation,
        name,
        `the symbolic link ${name} leads out of ${folder} (to ${target}): replace it, or name it in ${IgnoreRules.ownFile}`
      )
    }
    const relative = stayed ? target : path.relative(path.dirname(absolute), end) || "."
    files.push({ kind: "link", path: name, target: relative })
  })

  const visit = (
    entry: LocalEntry,
    name: string,
    absolute: string,
    rules: IgnoreRules.IgnoreRules
  ): Effect.Effect<number, JobError> => {
    switch (entry.kind) {
      case "folder":
        return Effect.map(enter(name, absolute, rules), (count) => {
          if (count > 0) folders.push({ path: name, mtimeMs: entry.mtimeMs, mode: entry.mode })
          return count
        })
      case "link":
        return Effect.as(link(name, absolute), 1)
      case "file":
        files.push({ kind: "file", path: name, bytes: entry.bytes, mtimeMs: entry.mtimeMs, mode: entry.mode })
        return Effect.succeed(1)
      case "other":
        skipped.push(
          `${name} (${entry.mtimeMs === 0 ? "gone meanwhile, or its name is not UTF-8" : "no regular file"})`
        )
        return Effect.succeed(entry.mtimeMs === 0 ? 0 : 1)
    }
  }

  const enter = (name: string, absolute: string, above: IgnoreRules.IgnoreRules): Effect.Effect<number, JobError> =>
    Effect.gen(function* () {
      const entries = yield* localFiles.list(absolute).pipe(failing(absolute), Effect.provideContext(platform))
      const has = (wanted: string): boolean => entries.some((entry) => entry.name === wanted)
      const listIn = (wanted: string) => (has(wanted) ? content(path.join(absolute, wanted)) : Effect.undefined)
      const isEnvironment = name !== "" && has("pyvenv.cfg")
      if (options.rules === "project" && isEnvironment && !IgnoreRules.isAskedFor(above, name)) return 0
      const rules =
        options.rules === "none"
          ? above
          : IgnoreRules.enter(above, name, {
              own: yield* listIn(IgnoreRules.ownFile),
              git: yield* listIn(".gitignore")
            })
      const wanted = entries
        .map((entry) => ({
          entry,
          path: name === "" ? entry.name : `${name}/${entry.name}`,
          absolute: path.join(absolute, entry.name)
        }))
        .filter((each) => !except.has(each.absolute))
        .filter((each) => excluded?.ignores(each.entry.kind === "folder" ? `${each.path}/` : each.path) !== true)
        .filter(
          (each) => options.rules === "none" || !IgnoreRules.isIgnored(rules, each.path, each.entry.kind === "folder")
        )
      let count = 0
      for (const each of wanted) count += yield* visit(each.entry, each.path, each.absolute, rules)
      if (count === 0 && name !== "") files.push({ kind: "folder", path: name })
      return Math.max(count, 1)
    })

  yield* enter("", top, options.rules === "none" ? IgnoreRules.empty : yield* rulesAbove(fs, path, top))
  return { files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)), folders, skipped: skipped.toSorted() }
})

/** One file as `list` would name it, whatever any list says of it. @category constructors @since 0.1.0 */
export const one = (
  operation: Failure.Operation,
  absolute: string,
  name: string
): Effect.Effect<LocalFile, JobError, FileSystem.FileSystem> =>
  FileSystem.FileSystem.use((fs) =>
    fs.stat(absolute).pipe(
      Effect.mapError(Failure.fromPlatform(operation, absolute)),
      Effect.map((info) => fileFrom(name, info))
    )
  )

const fileFrom = (path: string, info: FileSystem.File.Info): LocalFile => ({
  kind: "file",
  path,
  bytes: Number(info.size),
  mtimeMs: Option.match(info.mtime, { onNone: () => 0, onSome: (time) => time.getTime() }),
  mode: info.mode & 0o777
})

/**
 * The contents of those files in a project's root that go along and have one of some names, and of the files they refer
 * to, by path.
 *
 * @category accessors
 * @since 0.1.0
 */
export const contents = Effect.fnUntraced(function* (
  project: string,
  files: ProjectFiles,
  names: ReadonlyArray<string>,
  references: (content: string) => ReadonlyArray<string>
): Effect.fn.Return<ReadonlyMap<string, string>, JobError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const there = new Set(files.files.map((file) => file.path))
  const found = new Map<string, string>()
  const wanted = [...names]
  for (const name of wanted) {
    if (found.has(name) || !there.has(name)) continue
    const absolute = path.join(project, name)
    const content = yield* fs.readFileString(absolute).pipe(Effect.mapError(Failure.fromPlatform("prepare", absolute)))
    found.set(name, content)
    if (name.endsWith(".txt")) wanted.push(...references(content))
  }
  return found
})

/** The `.gitignore` files between the project and the root of its repository. */
const rulesAbove = (fs: FileSystem.FileSystem, path: Path.Path, top: string): Effect.Effect<IgnoreRules.IgnoreRules> =>
  Effect.gen(function* () {
    const isRoot = (folder: string) => Effect.orElseSucceed(fs.exists(path.join(folder, ".git")), () => false)
    let rules = IgnoreRules.empty
    let folder = top
    while (!(yield* isRoot(folder))) {
      const parent = path.dirname(folder)
      // No repository at all: what lies above the project is none of its business.
      if (parent === folder) return IgnoreRules.empty
      folder = parent
      const git = yield* Effect.option(fs.readFileString(path.join(folder, ".gitignore")))
      const below = path.relative(folder, top).split(path.sep).join("/")
      if (Option.isSome(git)) rules = IgnoreRules.fromAbove(rules, below, git.value)
    }
    return rules
  })
