/**
 * Brings a job to a machine: code, dependencies, data and checkpoint.
 *
 * @since 0.1.0
 */
import type { JobRequest, Preparation } from "@runctl/core/Job"
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as CodeSync from "./CodeSync.ts"
import * as DataSource from "./DataSource.ts"
import * as Dependencies from "./Dependencies.ts"
import * as Installation from "./Installation.ts"
import * as Interpreter from "./Interpreter.ts"
import { localData, localCheckpoint } from "./internal/localInputs.ts"
import { type ScriptFile, readScript } from "./internal/scriptFile.ts"
import { preparationFailed, streamed } from "./internal/streamed.ts"
import * as JobEnvironment from "./JobEnvironment.ts"
import { installation as runner } from "./JobRunner.ts"
import * as Layout from "./Layout.ts"
import * as ProjectFiles from "./ProjectFiles.ts"
import * as Sha256 from "./Sha256.ts"
import * as Survey from "./Survey.ts"
import { encode } from "./internal/utf8.ts"

/** What knows of the machine beside its shell. @category models @since 0.1.0 */
export interface PrepareOptions {
  /** The Node.js to run scripts with, where the machine is this computer. */
  readonly node: string | undefined
  readonly emit: (event: Preparation) => Effect.Effect<void>
}

interface Needed {
  readonly definition: Dependencies.Definition
  readonly folder: string
}

const orFail = <A>(step: "code" | "dependencies" | "data", result: Result.Result<A, string>) =>
  Effect.mapError(Effect.fromResult(result), (message) => preparationFailed(step, message))

/** The command that runs a request's script; the same whenever it is asked. @category accessors @since 0.1.0 */
export const commandOf = (
  request: JobRequest,
  node: string | undefined
): Effect.Effect<ReadonlyArray<string>, JobError, FileSystem.FileSystem | Path.Path> =>
  Effect.flatMap(readScript(request.job), (script) => commandFor(script, request, node))

const commandFor = (script: ScriptFile, request: JobRequest, node: string | undefined) => {
  const firstLine = script.text.split("\n", 1)[0] ?? ""
  const command = Interpreter.commandFor({ path: script.path, isExecutable: script.isExecutable, firstLine, node })
  return orFail(
    "code",
    Result.map(command, (words) => [...words, ...request.job.args])
  )
}

/**
 * Brings a job to a machine; safe to repeat.
 *
 * **Details**  one look at the machine, one command that brings everything that changed; dependencies and data cost a
 * command each only when they are not there yet.
 * **Errors**   what is wrong here (`LocalFileFailed`, `PathEscapes`, an unknown kind of script or data) before anything
 * is sent; `PreparationFailed` with the end of the output when a step fails on the machine.
 *
 * @category combinators
 * @since 0.1.0
 */
export const prepare = Effect.fn("Prepare.prepare")(function* (
  shell: Shell,
  request: JobRequest,
  { emit, node }: PrepareOptions
): Effect.fn.Return<void, JobError, FileSystem.FileSystem | Path.Path> {
  const path = yield* Path.Path
  const layout = Layout.of(request.unit)
  const { job } = request
  const script = yield* readScript(job)
  const command = yield* commandFor(script, request, node)
  const parsed = job.dataSource === undefined ? undefined : yield* orFail("data", DataSource.parse(job.dataSource))
  const source = parsed?._tag === "Local" ? { ...parsed, path: path.resolve(job.project, parsed.path) } : parsed
  const data =
    source === undefined ? undefined : Layout.data(yield* Sha256.ofBytes(encode(DataSource.identity(source))))

  yield* emit({ _tag: "Step", step: "code", message: `looking at ${job.project}` })
  const except = job.outputDest === undefined ? [] : [path.resolve(job.outputDest)]
  const listed = yield* ProjectFiles.list("prepare", job.project, { rules: "project", except })
  const files = yield* withScript(listed, script, path.join(job.project, script.path))
  for (const name of files.skipped) yield* emit({ _tag: "Step", step: "code", message: `left out: ${name}` })
  const needed = yield* whatIsNeeded(layout, job.project, script, files)

  const wanted = [
    runner.path,
    ...needed.map(({ folder }) => `${folder}/ready`),
    ...(data === undefined ? [] : [`${data}.ready`])
  ]
  const survey = yield* Survey.take(shell, "prepare", layout, wanted)
  const tool = Interpreter.toolOf(command)
  if (tool !== undefined && !survey.tools.has(tool) && !["sh", "bash"].includes(tool)) {
    return yield* preparationFailed("code", `${script.path} needs ${tool}, and the machine does not have it`)
  }
  const installations = yield* Effect.forEach(needed, ({ definition, folder }) =>
    orFail("dependencies", Installation.plan(definition, { folder, project: layout.project }, survey.tools))
  )

  const resume = yield* localCheckpoint(request.resumeFrom, layout)
  const prepared = [
    ...installations.map((installation) => installation.environment),
    ...(data === undefined ? [] : [JobEnvironment.place("RUNCTL_DATA_DIR", data)]),
    ...(resume === undefined ? [] : [JobEnvironment.place("RUNCTL_RESUME_FROM", resume.path)]),
    JobEnvironment.ofPlaces(layout, request)
  ]
  yield* CodeSync.sync(shell, {
    step: "code",
    local: job.project,
    files,
    folder: layout.project,
    manifest: layout.manifest,
    survey,
    also: [
      ...(survey.present.has(runner.path) ? [] : [{ path: runner.path, content: runner.content, mode: 0o700 }]),
      { path: layout.prepared, content: prepared.join(""), mode: 0o600 }
    ],
    emit
  })

  for (const installation of installations) {
    if (survey.present.has(`${installation.folder}/ready`)) continue
    yield* emit({ _tag: "Step", step: "dependencies", message: installation.message })
    const failure = "the dependencies could not be installed"
    yield* streamed(shell, "dependencies", { script: "exec sh 2>&1", stdin: installation.script }, failure, emit)
  }
  if (source?._tag === "Local" && data !== undefined) {
    yield* localData(shell, source.path, data, emit)
  } else if (
    source !== undefined &&
    source._tag !== "Local" &&
    data !== undefined &&
    !survey.present.has(`${data}.ready`)
  ) {
    const fetch = yield* orFail("data", DataSource.fetchScript(source, data, survey.tools))
    yield* emit({
      _tag: "Step",
      step: "data",
      message: `the machine fetches ${source._tag === "S3" ? source.uri : source.name}`
    })
    yield* streamed(shell, "data", { script: "exec sh 2>&1", stdin: fetch }, "the data could not be fetched", emit)
  }
  if (resume !== undefined) {
    yield* emit({ _tag: "Step", step: "checkpoint", message: `bringing ${resume.local}` })
    yield* resume.send(shell, emit)
  }
})

/** The script goes along even where an ignore list covers it: whoever names it means it. */
const withScript = (files: ProjectFiles.ProjectFiles, script: ScriptFile, absolute: string) =>
  files.files.some((file) => file.path === script.path)
    ? Effect.succeed(files)
    : Effect.map(ProjectFiles.one("prepare", absolute, script.path), (file) => ({
        ...files,
        files: [...files.files, file]
      }))

const whatIsNeeded = Effect.fnUntraced(function* (
  layout: Layout.UnitLayout,
  project: string,
  script: ScriptFile,
  files: ProjectFiles.ProjectFiles
): Effect.fn.Return<ReadonlyArray<Needed>, JobError, FileSystem.FileSystem | Path.Path> {
  const contents = yield* ProjectFiles.contents(project, files, Dependencies.definingFiles, Dependencies.includedBy)
  const bringsModules = files.files.some((file) => file.path.startsWith("node_modules/"))
  const language = Interpreter.languageOf(script.path)
  const definitions = yield* orFail("dependencies", Dependencies.define(language, script.text, contents, bringsModules))
  return yield* Effect.forEach(definitions, (definition) =>
    Effect.map(
      Sha256.ofBytes(encode([definition._tag, definition.defining, definition.isLocal ? layout.work : ""].join("\n"))),
      (digest) => ({ definition, folder: Layout.dependencies(digest) })
    )
  )
})
