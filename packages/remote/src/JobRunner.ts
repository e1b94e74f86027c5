/**
 * The job runner on a machine: starts, watches and ends units, each known by its id.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import { type Checkpoint, JobStatus, Sample, type UnitId } from "@runctl/core/Job"
import { JobError, MachineClaimed } from "@runctl/core/JobError"
import type { Shell, ShellCommand, ShellOutput, ShellResult } from "@runctl/core/Shell"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Failure from "./Failure.ts"
import { completeLines, parseJson } from "./JsonLines.ts"
import { quote } from "./internal/quote.ts"
import { run, runBytes, within } from "./internal/run.ts"
import { decode, encode } from "./internal/utf8.ts"
import * as Layout from "./Layout.ts"
import { digest, script } from "./runner/script.ts"

/**
 * How a unit is started.
 *
 * **Details**  what runs, and in which folder, was written on the machine by `prepare`. `environment` is `sh` that exports what the job sees; it travels over standard input, so that nobody else
 * on the machine sees a secret in it. `description` is kept beside the job for whoever looks, without secrets.
 *
 * @category models
 * @since 0.1.0
 */
export interface Start {
  readonly unit: UnitId
  readonly environment: string
  readonly description: string
  readonly deadlineEpochSeconds: number | undefined
  readonly graceSeconds: number
  readonly claim: "all" | "none" | ReadonlyArray<number>
  readonly preemptionProbe: string | undefined
}

/**
 * What is new about a unit, and where the next look begins.
 *
 * @category models
 * @since 0.1.0
 */
export interface Observation {
  readonly status: JobStatus
  readonly samples: ReadonlyArray<Sample>
  readonly checkpoints: ReadonlyArray<Checkpoint>
  readonly next: Position
  /** Whether a list is longer than one look reads. */
  readonly hasMore: boolean
}

/** How many bytes of each list were read. @category models @since 0.1.0 */
export interface Position {
  readonly samples: number
  readonly checkpoints: number
}

/** A machine cannot tell an input that was cut off from one that has ended: a job never starts with half its secrets. */
const lastLine = "# that was all"

/** Exit code of our own wrapper: the runner is not installed. */
const notInstalled = 96

/** Exit code of the runner: another unit has the machine. */
const claimed = 75

/** Deadlines go by our clock: the machine's may be wrong. */
const epochSeconds = Effect.map(Clock.currentTimeMillis, (millis) => String(Math.floor(millis / 1000)))

/** The most that one look reads of each list. */
const lookBytes = 1_000_000

const runner = Layout.runner(digest)
const guarded = (rest: string): string => `r=${runner}; [ -f "$r" ] || exit ${notInstalled}\n${rest}`

const decodeStatus = Schema.decodeUnknownOption(JobStatus)
const decodeSample = Schema.decodeUnknownOption(Sample)
const decodeCheckpoint = Schema.decodeUnknownOption(
  Schema.Struct({ path: Schema.NonEmptyString, bytes: Schema.Int, at: Schema.Int })
)
const decodeClaimed = Schema.decodeUnknownOption(
  Schema.Struct({ refused: Schema.Literal("claimed"), by: Schema.String })
)

/** A status as the runner prints it; `undefined` for anything else. @category parsing @since 0.1.0 */
export const parseStatus = (text: string): JobStatus | undefined => Option.getOrUndefined(decodeStatus(parseJson(text)))

const statusOf = (operation: Failure.Operation, result: ShellResult): Effect.Effect<JobStatus, JobError> => {
  const last = result.stdout.trimEnd().split("\n").at(-1) ?? ""
  const value = parseJson(last)
  const status = decodeStatus(value)
  if (result.exitCode === 0 && status._tag === "Some") return Effect.succeed(status.value)
  const refusal = decodeClaimed(value)
  if (result.exitCode === claimed && refusal._tag === "Some") {
    return Effect.fail(new JobError({ operation, reason: new MachineClaimed({ unit: refusal.value.by }) }))
  }
  return Effect.fail(Failure.command(operation, "the job runner said something unexpected", result))
}

/** The installed form of the runner, for whoever sends files anyway. @category accessors @since 0.1.0 */
export const installation: { readonly path: string; readonly content: string } = { path: runner, content: script }

/** Sections of a look end with a byte that JSON never holds. */
const lookScript = (unit: UnitId, from: Position): string =>
  guarded(`sh "$r" status ${unit} || exit
printf '\\036'; sh "$r" samples ${unit} --from ${from.samples} 2>/dev/null | head -c ${lookBytes}
printf '\\036'; sh "$r" checkpoints ${unit} --from ${from.checkpoints} 2>/dev/null | head -c ${lookBytes}
printf '\\036'
[ $# -eq 0 ] && exit
w=$RUNCTL_MACHINE_DIR/${Layout.of(unit).project} c=
{ read -r c <${Layout.of(unit).state}/checkpoint_dir; } 2>/dev/null
case $c in /*) ;; *) c=$w/$c ;; esac
printf '%s\\n%s\\n' "$c" "$(date +%s)"
for p in "$@"; do
  case $p in /*) f=$p b=/ ;; *) if [ -e "$c/$p" ]; then f=$c/$p b=$c/; else f=$w/$p b=$w/; fi ;; esac
  if [ -d "$f" ]; then set -- $(du -sk "$f"); n=$((\${1:-0} * 1024)); elif [ -f "$f" ]; then n=$(wc -c <"$f"); else n=-1; fi
  printf '%s\\n%s\\n' "$((n))" "$b"
done
exit 0`)

const sections = (output: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array] => {
  const cut = (from: number): number => {
    const at = output.indexOf(0x1e, from)
    return at < 0 ? output.length : at
  }
  const first = cut(0)
  const second = cut(first + 1)
  const third = cut(second + 1)
  return [
    output.subarray(0, first),
    output.subarray(first + 1, second),
    output.subarray(second + 1, third),
    output.subarray(third + 1)
  ]
}

/** The printed checkpoints that exist, named as the listed ones are: relative to the checkpoint folder where they lie in it. */
const existing = (named: string, printed: ReadonlyArray<string>): ReadonlyArray<Checkpoint> => {
  const [folder = "", at = "", ...rest] = named.split("\n")
  return printed.flatMap((path, index) => {
    const [bytes = "-1", base = ""] = rest.slice(index * 2, index * 2 + 2)
    if (!/^\d+$/.test(bytes)) return []
    const absolute = base === "/" ? path : `${base}${path}`
    const inside = absolute.startsWith(`${folder}/`) ? absolute.slice(folder.length + 1) : absolute
    return [{ path: inside.replace(/^(\.\/)+/, ""), bytes: Number(bytes), atEpochSeconds: Number(at) }]
  })
}

/**
 * The job runner behind a shell; it installs itself when the machine does not have this version.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (shell: Shell) => {
  const install = Effect.mapError(
    shell.put(runner, Stream.succeed(encode(script)), { mode: 0o700 }),
    Failure.fromShell("train")
  )

  const installed = <A extends { readonly exitCode: number }>(
    attempt: Effect.Effect<A, JobError>
  ): Effect.Effect<A, JobError> =>
    Effect.filterOrElse(
      attempt,
      (answer) => answer.exitCode !== notInstalled,
      () => Effect.andThen(install, attempt)
    )

  const verb = (
    operation: Failure.Operation,
    args: ReadonlyArray<string>,
    options: Partial<ShellCommand> = {},
    patience: Duration.Duration = defaults.read
  ) =>
    installed(run(shell, operation, { script: guarded('exec sh "$r" "$@"'), args, ...options })).pipe(
      within(operation, patience)
    )

  /** What the machine knows of a unit now; `Absent` when it knows none. */
  const status = (unit: UnitId): Effect.Effect<JobStatus, JobError> =>
    Effect.flatMap(verb("status", ["status", unit]), (result) => statusOf("status", result))

  /** Starts a unit once, however often it is called. Fails with `MachineClaimed` when another one has the machine. */
  const start = Effect.fnUntraced(function* (request: Start): Effect.fn.Return<JobStatus, JobError> {
    const layout = Layout.of(request.unit)
    const options = {
      workdir: layout.project,
      job: request.description,
      grace: String(request.graceSeconds),
      claim: typeof request.claim === "string" ? request.claim : request.claim.join(",") || "none",
      "log-cap": String(defaults.logCapBytes),
      "sample-interval": String(Duration.toSeconds(defaults.sampleEvery)),
      ...(request.deadlineEpochSeconds === undefined
        ? {}
        : { deadline: String(request.deadlineEpochSeconds), time: yield* epochSeconds }),
      ...(request.preemptionProbe === undefined ? {} : { probe: request.preemptionProbe })
    }
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
    const args = ["start", request.unit, ...flags]
    const withPrepared = guarded(`[ -f ${layout.command} ] || { echo 'the job was not prepared' >&2; exit 1; }
eval "set -- \\"\\$@\\" -- $(cat ${layout.command})"
e=$(cat)
case $e in *${quote(lastLine)}) ;; *) echo 'the environment of the job was cut off' >&2; exit 1 ;; esac
{ printf '%s\\n' "$e"; cat ${layout.prepared}; } | sh "$r" "$@"`)
    const stdin = `${request.environment}${lastLine}\n`
    return yield* statusOf("train", yield* verb("train", args, { script: withPrepared, stdin }))
  })

  /** Ends a unit and everything it started; answers when nothing of it is left. */
  const stop = (
    unit: UnitId,
    options: { readonly graceSeconds: number; readonly reason: "stop" | "deadline" | "preempted" }
  ): Effect.Effect<JobStatus, JobError> =>
    verb(
      "stop",
      ["stop", unit, "--grace", String(options.graceSeconds), "--reason", options.reason],
      {},
      Duration.sum(Duration.seconds(options.graceSeconds), defaults.read)
    ).pipe(Effect.flatMap((result) => statusOf("stop", result)))

  /** Moves a unit's deadline. */
  const extend = (unit: UnitId, deadlineEpochSeconds: number): Effect.Effect<JobStatus, JobError> =>
    epochSeconds.pipe(
      Effect.flatMap((time) =>
        verb("extend", ["extend", unit, "--deadline", String(deadlineEpochSeconds), "--time", time])
      ),
      Effect.flatMap((result) => statusOf("extend", result))
    )

  /** Forgets an ended unit; succeeds when there is none. */
  const remove = (unit: UnitId): Effect.Effect<void, JobError> =>
    Effect.flatMap(verb("release", ["remove", unit]), (result) =>
      result.exitCode === 0
        ? Effect.void
        : Effect.fail(Failure.command("release", "the machine did not forget the unit", result))
    )

  /** The raw output of `logs`: bytes from an offset, and `Exit` when there is nothing more to come. */
  const logs = (
    unit: UnitId,
    options: { readonly fromByte: number; readonly follow: boolean }
  ): Stream.Stream<ShellOutput, JobError> =>
    Stream.mapError(
      shell.stream({
        script: guarded('exec sh "$r" "$@"'),
        args: ["logs", unit, "--from", String(options.fromByte), ...(options.follow ? ["--follow"] : [])]
      }),
      Failure.fromShell("monitor")
    )

  /**
   * Status, samples and checkpoints in one look. `printed` are checkpoints the script named itself; the ones that exist
   * come back with the listed ones.
   */
  const observe = (
    unit: UnitId,
    from: Position,
    printed: ReadonlyArray<string> = []
  ): Effect.Effect<Observation, JobError> =>
    installed(runBytes(shell, "monitor", { script: lookScript(unit, from), args: printed })).pipe(
      within("monitor", defaults.read),
      Effect.flatMap((answer) => {
        const [status, samples, checkpoints, named] = sections(answer.stdout)
        const sampled = completeLines(samples)
        const listed = completeLines(checkpoints)
        const result = { exitCode: answer.exitCode, stdout: decode(status), stderr: answer.stderr }
        return Effect.map(statusOf("monitor", result), (status) => ({
          status,
          samples: sampled.values.flatMap((value) => Option.toArray(decodeSample(value))),
          checkpoints: [
            ...listed.values.flatMap((value) =>
              Option.toArray(decodeCheckpoint(value)).map(({ path, bytes, at }) => ({
                path,
                bytes,
                atEpochSeconds: at
              }))
            ),
            ...existing(decode(named), printed)
          ],
          hasMore: samples.length === lookBytes || checkpoints.length === lookBytes,
          next: { samples: from.samples + sampled.consumed, checkpoints: from.checkpoints + listed.consumed }
        }))
      })
    )

  return { status, start, stop, extend, remove, logs, observe } as const
}

/** The job runner behind a shell. @category models @since 0.1.0 */
export type JobRunner = ReturnType<typeof make>
