/**
 * Whether a machine has the GPUs that were rented, and whether they say that they are well.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Failure from "./Failure.ts"
import { run, within } from "./internal/run.ts"

/**
 * What is to be thought of a machine's GPUs. `Unknown` where it has no program that could tell; `mayCome` where some are
 * missing, which a driver that is still loading may yet find.
 *
 * @category models
 * @since 0.1.0
 */
export type Verdict =
  | { readonly _tag: "Well"; readonly gpus: number }
  | { readonly _tag: "Unknown"; readonly why: string }
  | { readonly _tag: "Bad"; readonly why: string; readonly mayCome: boolean }

/** What a program said of the GPUs. @category models @since 0.1.0 */
export interface Report {
  readonly tool: string
  readonly exitCode: number
  readonly text: string
}

/** One GPU in the output of `nvidia-smi -q` begins so, and goes on to the next. */
const nvidiaHead = /^GPU [0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9]$/

const isYes = (value: string): boolean => value === "Yes"
const isSome = (value: string): boolean => /^[1-9]\d*$/.test(value)

/**
 * Lines of `nvidia-smi -q` that tell of a broken GPU. Errors that the memory has corrected, or that were counted in the
 * GPU's whole life, do not.
 */
const signs: ReadonlyArray<readonly [name: RegExp, isBad: (value: string) => boolean, words: string]> = [
  [/^(SRAM|DRAM) Uncorrectable( Parity| SEC-DED)?$/, isSome, "memory errors since boot that could not be corrected"],
  [/^Remapping Failure Occurred$/, isYes, "memory that could not be replaced by spare rows"],
  [/^GPU Recovery Action$/, (value) => /reset|reboot|drain/i.test(value), "a recovery action that is pending"]
]

/** Indented by four blanks more are the parts of a line: what a line is about is said by those above it. */
const flawsOf = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  let isAggregate = false
  return lines.flatMap((line) => {
    const [name = "", value] = line.split(" : ").map((part) => part.trim())
    if (value === undefined) {
      if (name === "Aggregate") isAggregate = true
      else if (name === "Volatile" || !/^(SRAM|DRAM|Single Bit|Double Bit)/.test(name)) isAggregate = false
      return []
    }
    if (/^ERR!$|^Unknown Error$/.test(value)) return ["no answer to simple questions"]
    if (isAggregate) return []
    return signs.flatMap(([about, isBad, words]) => (about.test(name) && isBad(value) ? [words] : []))
  })
}

const parseNvidia = (text: string): ReadonlyArray<{ readonly name: string; readonly flaws: ReadonlyArray<string> }> => {
  const lines = text.split("\n")
  const heads = lines.flatMap((line, index) => (nvidiaHead.test(line.trimEnd()) ? [index] : []))
  return heads.map((at, index) => ({
    name: lines[at]?.trim() ?? "",
    flaws: flawsOf(lines.slice(at + 1, heads[index + 1]))
  }))
}

const countAmd = (text: string): number => new Set([...text.matchAll(/^GPU\[(\d+)\]/gm)].map(([, index]) => index)).size

const fewer = (found: number, wanted: number, { exitCode, text, tool }: Report): Verdict => {
  const said = exitCode === 0 ? "" : `: ${tool} ended with ${exitCode} and said: ${Failure.lastLines(text, 1)}`
  return { _tag: "Bad", why: `${found} of ${wanted} GPUs are there${said}`, mayCome: true }
}

/**
 * Judges what a machine said of its GPUs by what was rented.
 *
 * @category decisions
 * @since 0.1.0
 */
export const judge = (wanted: number, report: Report | undefined): Verdict => {
  if (wanted === 0) return { _tag: "Well", gpus: 0 }
  if (report === undefined) return { _tag: "Unknown", why: "it has neither nvidia-smi nor rocm-smi" }
  if (report.tool === "rocm-smi") {
    const found = countAmd(report.text)
    return found < wanted ? fewer(found, wanted, report) : { _tag: "Well", gpus: found }
  }
  const gpus = parseNvidia(report.text)
  if (gpus.length < wanted) return fewer(gpus.length, wanted, report)
  const broken = gpus.find(({ flaws }) => flaws.length > 0)
  return broken === undefined
    ? { _tag: "Well", gpus: gpus.length }
    : { _tag: "Bad", why: `${broken.name} reports ${[...new Set(broken.flaws)].join(", ")}`, mayCome: false }
}

/** The first line names the program, the last one its exit code. */
const script = `for t in nvidia-smi rocm-smi; do
  command -v "$t" >/dev/null 2>&1 || continue
  echo "$t"
  case $t in nvidia-smi) nvidia-smi -q 2>&1 ;; *) rocm-smi --showid 2>&1 ;; esac
  echo "exit $?"
  break
done`

/** How long a program that talks to GPUs may take: one that has lost a GPU may hang. */
const patience = Duration.minutes(1)

/**
 * Asks a machine about its GPUs.
 *
 * @category accessors
 * @since 0.1.0
 */
export const ask = (shell: Shell): Effect.Effect<Report | undefined, JobError> =>
  run(shell, "prepare", { script }).pipe(
    within("prepare", patience),
    Effect.map(({ stdout }) => {
      const lines = stdout.trimEnd().split("\n")
      const [tool = ""] = lines
      const [, code = ""] = /^exit (\d+)$/.exec(lines.at(-1) ?? "") ?? []
      return tool === "" ? undefined : { tool, exitCode: Number(code), text: lines.slice(1, -1).join("\n") }
    })
  )
