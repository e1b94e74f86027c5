/**
 * What a project needs to be installed.
 *
 * @since 0.1.0
 */
import * as Toml from "effect/encoding/Toml"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Language } from "./Interpreter.ts"
import { parseJson } from "./JsonLines.ts"

/**
 * Dependencies as a project defines them.
 *
 * **Details**  `from` is where they were found. `packages` are requirements as pip reads them; `file` is a requirements
 * file or `.` for the project itself. `isLocal` when they refer to files of the project, so that what is installed cannot
 * serve another one. `defining` is everything they depend on, for a digest.
 *
 * @category models
 * @since 0.1.0
 */
export type Definition =
  | {
      readonly _tag: "Python"
      readonly from: string
      readonly packages: ReadonlyArray<string>
      readonly file: string | undefined
      readonly python: string | undefined
      readonly isLocal: boolean
      readonly isIsolated: boolean
      readonly defining: string
    }
  | {
      readonly _tag: "Node"
      readonly from: string
      readonly lock: string | undefined
      readonly isLocal: boolean
      readonly defining: string
    }

const comment = /(^|\s)#.*$/

const requirementLines = (content: string): ReadonlyArray<string> =>
  content
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.replace(comment, "").trim())
    .filter((line) => line !== "")

const included = /^(?:-r|--requirement|-c|--constraint)[\s=]*(.+)$/
const isLocalReference = (line: string): boolean =>
  /^(-e|--editable)\b/.test(line) || /^(\.{0,2}\/|\.$|file:)/.test(line) || /@\s*file:/.test(line)

/** The other files a requirements file refers to. @category parsing @since 0.1.0 */
export const includedBy = (requirements: string): ReadonlyArray<string> =>
  requirementLines(requirements).flatMap((line) => {
    const name = included.exec(line)?.[1]?.trim()
    return name === undefined || /^[a-z]+:\/\//.test(name) ? [] : [name]
  })

const Project = Schema.Struct({
  project: Schema.optionalKey(
    Schema.Struct({
      dependencies: Schema.optionalKey(Schema.Array(Schema.String)),
      "requires-python": Schema.optionalKey(Schema.String)
    })
  ),
  "build-system": Schema.optionalKey(Schema.Unknown)
})
const ScriptMetadata = Schema.Struct({
  dependencies: Schema.optionalKey(Schema.Array(Schema.String)),
  "requires-python": Schema.optionalKey(Schema.String)
})
const Names = Schema.optionalKey(Schema.Record(Schema.String, Schema.String))
const Package = Schema.Struct({
  dependencies: Names,
  optionalDependencies: Names,
  workspaces: Schema.optionalKey(Schema.Unknown)
})

const decodeProject = Schema.decodeUnknownOption(Project)
const decodeScript = Schema.decodeUnknownOption(ScriptMetadata)
const decodePackage = Schema.decodeUnknownOption(Package)

const parseToml = (text: string): Result.Result<unknown, string> =>
  Result.mapError(Toml.parse(text), (error) => error.message)

/**
 * The TOML of a script's inline metadata block, as PEP 723 defines it.
 *
 * @source https://packaging.python.org/en/latest/specifications/inline-script-metadata/ (read 2026-11-21)
 * @category parsing
 * @since 0.1.0
 */
export const scriptMetadata = (script: string): string | undefined => {
  const block = /^# \/\/\/ script\n((?:#(?:| .*)\n)+?)# \/\/\/$/m.exec(script.replaceAll("\r\n", "\n"))?.[1]
  return block
    ?.split("\n")
    .map((line) => line.replace(/^# ?/, ""))
    .join("\n")
}

/** The files of a project that may define dependencies. @category constants @since 0.1.0 */
export const definingFiles = [
  "requirements.txt",
  "pyproject.toml",
  "uv.lock",
  "package.json",
  "package-lock.json",
  "npm-shrinkwrap.json",
  ".npmrc"
] as const

type Found = Result.Result<Definition | undefined, string>

/**
 * What a project needs, or why that cannot be said.
 *
 * **Details**  for Python the script's own metadata, else requirements.txt, else pyproject.toml; for Node.js package.json;
 * for other scripts both. `files` holds the contents of `definingFiles` and of whatever `includedBy` names; a project
 * that brings its `node_modules` along needs nothing for Node.js.
 *
 * @category decisions
 * @since 0.1.0
 */
export const define = (
  language: Language,
  script: string,
  files: ReadonlyMap<string, string>,
  bringsModules: boolean
): Result.Result<ReadonlyArray<Definition>, string> => {
  const python: Found =
    language === "node" ? Result.succeed(undefined) : pythonOf(language === "python" ? script : "", files)
  const node: Found = language === "python" || bringsModules ? Result.succeed(undefined) : nodeOf(files)
  return Result.map(Result.all([python, node]), (all) => all.filter((each) => each !== undefined))
}

const pythonOf = (script: string, files: ReadonlyMap<string, string>): Found => {
  const metadata = scriptMetadata(script)
  if (metadata !== undefined) {
    return Result.map(
      Result.flatMap(parseToml(metadata), (value) =>
        Result.fromOption(decodeScript(value), () => "the script's inline metadata is not as PEP 723 says")
      ),
      (found) => fromPackages("the script's metadata", found.dependencies ?? [], found["requires-python"], true)
    )
  }
  const requirements = files.get("requirements.txt")
  if (requirements !== undefined) return Result.succeed(fromRequirements(requirements, files))
  const pyproject = files.get("pyproject.toml")
  if (pyproject === undefined) return Result.succeed(undefined)
  return Result.mapError(
    Result.map(
      Result.flatMap(parseToml(pyproject), (value) =>
        Result.fromOption(decodeProject(value), () => "[project] is not as its specification says")
      ),
      (found): Definition | undefined =>
        found["build-system"] === undefined
          ? fromPackages("pyproject.toml", found.project?.dependencies ?? [], found.project?.["requires-python"], false)
          : {
              _tag: "Python",
              from: "pyproject.toml",
              packages: [],
              file: ".",
              python: found.project?.["requires-python"],
              isLocal: true,
              isIsolated: false,
              defining: pyproject
            }
    ),
    (message) => `pyproject.toml cannot be read: ${message}`
  )
}

const fromPackages = (
  from: string,
  packages: ReadonlyArray<string>,
  python: string | undefined,
  isIsolated: boolean
): Definition | undefined =>
  packages.length === 0
    ? undefined
    : {
        _tag: "Python",
        from,
        packages,
        file: undefined,
        python,
        isLocal: packages.some(isLocalReference),
        isIsolated,
        defining: JSON.stringify([packages, python ?? ""])
      }

const fromRequirements = (content: string, files: ReadonlyMap<string, string>): Definition | undefined => {
  const seen = new Map([["requirements.txt", content]])
  for (const text of seen.values()) {
    for (const name of includedBy(text)) if (!seen.has(name)) seen.set(name, files.get(name) ?? "")
  }
  const lines = [...seen.values()].flatMap(requirementLines)
  if (lines.length === 0) return undefined
  return {
    _tag: "Python",
    from: "requirements.txt",
    packages: [],
    file: "requirements.txt",
    python: undefined,
    isLocal: lines.some(isLocalReference),
    isIsolated: false,
    defining: JSON.stringify([...seen])
  }
}

const nodeOf = (files: ReadonlyMap<string, string>): Found => {
  const content = files.get("package.json")
  if (content === undefined) return Result.succeed(undefined)
  const found = Option.getOrUndefined(decodePackage(parseJson(content)))
  if (found === undefined) return Result.fail("package.json cannot be read: it is not the JSON npm writes")
  const needs = Object.values({ ...found.dependencies, ...found.optionalDependencies })
  if (needs.length === 0 && found.workspaces === undefined) return Result.succeed(undefined)
  const lock = ["npm-shrinkwrap.json", "package-lock.json"].find((name) => files.has(name))
  return Result.succeed({
    _tag: "Node",
    from: "package.json",
    lock,
    isLocal:
      found.workspaces !== undefined ||
      needs.some((version) => /^(file|link|workspace|portal):|^\.{0,2}\//.test(version)),
    defining: JSON.stringify([content, lock === undefined ? "" : files.get(lock), files.get(".npmrc") ?? ""])
  })
}
