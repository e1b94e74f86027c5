/**
 * The job that laws run, twice: as a script for machines, and as a function for providers without a shell.
 *
 * @since 0.1.0
 */
import { bytes } from "./latin1.ts"

/** The name of the script in its project. */
export const scriptName = "lawJob.sh"

/** Does what its arguments say, two by two: `say 3`, `sleep 1`, `exit 2`… */
export const script = String.raw`set -eu
while [ $# -gt 1 ]; do
  case $1 in
    say)
      i=1
      while [ "$i" -le "$2" ]; do
        echo "line $i"
        i=$((i + 1))
      done
      ;;
    raw) printf '\377\000\r%s\n' "$2" ;;
    loss) printf '{"metric":"loss","step":1,"value":%s}\n' "$2" ;;
    checkpoint)
      printf 'checkpoint %s\n' "$2" >"$RUNCTL_CHECKPOINT_DIR/.$2"
      mv "$RUNCTL_CHECKPOINT_DIR/.$2" "$RUNCTL_CHECKPOINT_DIR/$2"
      printf '{"checkpoint":"%s"}\n' "$2"
      ;;
    output) printf 'output of %s\n' "$2" >"$2" ;;
    sleep) sleep "$2" ;;
    exit) exit "$2" ;;
    *) exit 64 ;;
  esac
  shift 2
done
`

/** One thing the job does, so many milliseconds after its start. */
export interface Step {
  readonly after: number
  readonly print?: Uint8Array
  readonly checkpoint?: { readonly path: string; readonly content: Uint8Array }
  readonly output?: { readonly path: string; readonly content: Uint8Array }
}

/** Everything a job will do, and the exit code it ends with. */
export interface Program {
  readonly steps: ReadonlyArray<Step>
  readonly runsFor: number
  readonly exitCode: number
}

const doing = (verb: string, what: string): Omit<Step, "after"> | undefined => {
  switch (verb) {
    case "say":
      return { print: bytes(Array.from({ length: Number(what) }, (_, index) => `line ${index + 1}\n`).join("")) }
    case "raw":
      return { print: Uint8Array.of(0xff, 0x00, 0x0d, ...bytes(`${what}\n`)) }
    case "loss":
      return { print: bytes(`{"metric":"loss","step":1,"value":${what}}\n`) }
    case "checkpoint":
      return {
        print: bytes(`{"checkpoint":"${what}"}\n`),
        checkpoint: { path: what, content: bytes(`checkpoint ${what}\n`) }
      }
    case "output":
      return { output: { path: what, content: bytes(`output of ${what}\n`) } }
    default:
      return undefined
  }
}

/** What the script does with the same arguments, as a function of time. */
export const program = (args: ReadonlyArray<string>): Program => {
  const steps: Array<Step> = []
  let now = 0
  for (let at = 0; at + 1 < args.length; at += 2) {
    const [verb = "", what = ""] = args.slice(at, at + 2)
    if (verb === "exit") return { steps, runsFor: now, exitCode: Number(what) }
    const done = doing(verb, what)
    if (verb === "sleep") now += Number(what) * 1000
    else if (done === undefined) return { steps, runsFor: now, exitCode: 64 }
    else steps.push({ after: now, ...done })
  }
  return { steps, runsFor: now, exitCode: 0 }
}

/** Everything the job prints, when nobody ends it. */
export const printed = (args: ReadonlyArray<string>): Uint8Array => {
  const parts = program(args).steps.flatMap(({ print }) => (print === undefined ? [] : [...print]))
  return Uint8Array.from(parts)
}
