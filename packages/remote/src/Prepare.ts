/**
 * Brings a job to a machine: code, dependencies, data and checkpoint.
 *
 * @since 0.1.0
 */
import { isOver, type JobRequest, type Preparation, type PreparationStep } from "@runctl/core/Job"
import { JobError, MachineClaimed } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as Result from "effect/Result"
import * as CodeSync from "./CodeSync.ts"
import * as DataSource from "./DataSource.ts"
import * as Dependencies from "./Dependencies.ts"
import * as Installation from "./Installation.ts"
import * as Interpreter from "./Interpreter.ts"
import { type Emit, localCheckpoint, localData, type Resume } from "./internal/localInputs.ts"
import { quote } from "./internal/quote.ts"
import { type ScriptFile, readScript } from "./internal/scriptFile.ts"
import { preparationFailed, streamed } from "./internal/streamed.ts"
import * as JobEnvironment from "./JobEnvironment.ts"
import { installation as runner, parseStatus } from "./JobRunner.ts"
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

interface Data {
  readonly source: DataSource.DataSource
  readonly folder: string
}

/** All there is to know before the machine is asked anything. */
interface Here {
  readonly layout: Layout.UnitLayout
  readonly script: ScriptFile
  readonly command: ReadonlyArray<string>
  readonly files: ProjectFiles.ProjectFiles
  readonly needed: ReadonlyArray<Needed>
  readonly data: Data | undefined
  readonly resume: Resume | undefined
}

type Platform = FileSystem.FileSystem | Path.Path

const orFail = <A>(step: PreparationStep, result: Result.Result<A, string>) =>
  Effect.mapError(Effect.fromResult(result), (message) => preparationFailed(step, message))

/**
 * Brings a job to a machine; safe to repeat, also while the job runs already.
 *
 * **Details**  one look at the machine, one command that brings everything that changed; dependencies and data cost a
 * command each only when they are not there yet.
 * **Errors**   what is wrong here (`LocalFileFailed`, `PathEscapes`, an unknown kind of script or data) before anything
 * is sent; `MachineClaimed` while another attempt of the same run still runs there; `PreparationFailed` with the end of
 * the output when a step fails on the machine.
 *
 * @category combinators
 * @since 0.1.0
 */
export const prepare = Effect.fn("Prepare.prepare")(function* (
  shell: Shell,
  request: JobRequest,
  { emit, node }: PrepareOptions
): Effect.fn.Return<void, JobError, Platform> {
  const here = yield* lookHere(request, node, emit)
  const survey = yield* lookThere(shell, here)
  if (survey.present.has(here.layout.state)) {
    return yield* emit({ _tag: "Step", step: "code", message: "the job was started already: nothing is touched" })
  }
  const installations = yield* Effect.forEach(here.needed, ({ definition, folder }) =>
    orFail("dependencies", Installation.plan(definition, { folder, project: here.layout.project }, survey.tools))
  )
  yield* send(shell, request, here, survey, installations, emit)
  for (const installation of installations) {
    if (!survey.present.has(`${installation.folder}/ready`)) yield* install(shell, installation, emit)
  }
  if (here.data !== undefined) yield* bringData(shell, here.data, survey, emit)
  if (here.resume !== undefined) {
    yield* emit({ _tag: "Step", step: "checkpoint", message: `bringing ${here.resume.local}` })
    yield* here.resume.send(shell, emit)
  }
})

const lookHere = Effect.fnUntraced(function* (
  request: JobRequest,
  node: string | undefined,
  emit: Emit
): Effect.fn.Return<Here, JobError, Platform> {
  const path = yield* Path.Path
  const { job } = request
  const layout = Layout.of(request.unit)
  const script = yield* readScript(job)
  const firstLine = script.text.split("\n", 1)[0] ?? ""
  const interpreted = Interpreter.commandFor({ path: script.path, isExecutable: script.isExecutable, firstLine, node })
  const command = [...(yield* orFail("code", interpreted)), ...job.args]
  const data = job.dataSource === undefined ? undefined : yield* dataOf(path.resolve(job.project), job.dataSource)
  const resume = yield* localCheckpoint(request.resumeFrom, layout)

  yield* emit({ _tag: "Step", step: "code", message: `looking at ${job.project}` })
  const outputs = job.outputDest === undefined ? [] : [path.resolve(job.outputDest)]
  const except = [...outputs, ...(request.withheld ?? []).map((file) => path.resolve(file))]
  const listed = yield* ProjectFiles.list("prepare", job.project, { rules: "project", except })
  const files = yield* withScript(listed, script, path.join(job.project, script.path))
  for (const name of files.skipped) yield* emit({ _tag: "Step", step: "code", message: `left out: ${name}` })
  const needed = yield* whatIsNeeded(layout, job.project, script, files)
  return { layout, script, command, files, needed, data, resume }
})

const dataOf = Effect.fnUntraced(function* (
  project: string,
  typed: string
): Effect.fn.Return<Data, JobError, Path.Path> {
  const path = yield* Path.Path
  const parsed = yield* orFail("data", DataSource.parse(typed))
  const source = parsed._tag === "Local" ? { ...parsed, path: path.resolve(project, parsed.path) } : parsed
  return { source, folder: Layout.data(yield* Sha256.ofBytes(encode(DataSource.identity(source)))) }
})

const lookThere = Effect.fnUntraced(function* (
  shell: Shell,
  { command, data, layout, needed, script }: Here
): Effect.fn.Return<Survey.Survey, JobError> {
  const survey = yield* Survey.take(shell, "prepare", layout, [
    layout.state,
    runner.path,
    ...needed.map(({ folder }) => `${folder}/ready`),
    ...(data === undefined ? [] : [`${data.folder}.ready`])
  ])
  const other = survey.units.map(parseStatus).find((status) => status !== undefined && !isOver(status))
  if (other !== undefined && other.unit !== layout.unit) {
    return yield* new JobError({ operation: "prepare", reason: new MachineClaimed({ unit: other.unit }) })
  }
  const tool = Interpreter.toolOf(command)
  if (tool !== undefined && tool !== "sh" && !survey.tools.has(tool)) {
    return yield* preparationFailed("code", `${script.path} needs ${tool}, and the machine does not have it`)
  }
  return survey
})

const send = Effect.fnUntraced(function* (
  shell: Shell,
  request: JobRequest,
  { command, data, files, layout, resume }: Here,
  survey: Survey.Survey,
  installations: ReadonlyArray<Installation.Installation>,
  emit: Emit
): Effect.fn.Return<void, JobError, Platform> {
  const environment = [
    ...installations.map((installation) => installation.environment),
    ...(data === undefined ? [] : [JobEnvironment.place("RUNCTL_DATA_DIR", data.folder)]),
    ...(resume === undefined ? [] : [JobEnvironment.place("RUNCTL_RESUME_FROM", resume.path)]),
    JobEnvironment.ofPlaces(layout, request)
  ]
  yield* CodeSync.sync(shell, {
    step: "code",
    local: request.job.project,
    files,
    folder: layout.project,
    manifest: layout.manifest,
    survey,
    machineHasZstd: survey.tools.has("zstd"),
    also: [
      ...(survey.present.has(runner.path) ? [] : [{ path: runner.path, content: runner.content, mode: 0o700 }]),
      { path: layout.prepared, content: environment.join(""), mode: 0o600 },
      { path: layout.command, content: command.map(quote).join(" "), mode: 0o600 }
    ],
    emit
  })
})

const install = (shell: Shell, installation: Installation.Installation, emit: Emit): Effect.Effect<void, JobError> =>
  Effect.andThen(
    emit({ _tag: "Step", step: "dependencies", message: installation.message }),
    streamed(
      shell,
      "dependencies",
      { script: "exec sh 2>&1", stdin: installation.script },
      "the dependencies could not be installed",
      emit
    )
  )

const bringData = Effect.fnUntraced(function* (
  shell: Shell,
  { folder, source }: Data,
  survey: Survey.Survey,
  emit: Emit
): Effect.fn.Return<void, JobError, Platform> {
  if (source._tag === "Local") return yield* localData(shell, source.path, folder, emit)
  if (survey.present.has(`${folder}.ready`)) return
  const fetch = yield* orFail("data", DataSource.fetchScript(source, folder, survey.tools))
  const what = source._tag === "S3" ? source.uri : source.name
  yield* emit({ _tag: "Step", step: "data", message: `the machine fetches ${what}` })
  yield* streamed(shell, "data", { script: "exec sh 2>&1", stdin: fetch }, "the data could not be fetched", emit)
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
