import * as Flags from "@oclif/core/flags"
import { defaults } from "@runctl/core/Defaults"
import { nearest } from "@runctl/core/Nearest"
import { RunState } from "@runctl/core/Run"
import type { RunRecord } from "@runctl/runtime/RunRecord"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { BaseCommand } from "../BaseCommand.ts"
import { fail, usage } from "../errors/Failure.ts"
import { word } from "../flags.ts"
import { liveMachine, runOrMachine } from "../lookup.ts"
import type { WaitOutput } from "../output/wait.ts"
import { exitOfRun, renderEnding } from "../render/ending.ts"
import { renderResource } from "../render/resources.ts"
import { renderRun } from "../render/runs.ts"
import { styleOf } from "../render/style.ts"
import { time } from "../train/limits.ts"
import { viewAnswer } from "../views/list.ts"
import { viewRun } from "../views/run.ts"

export { WaitOutput as Output } from "../output/wait.ts"

const machineStates = ["Starting", "Running", "Stopped", "Terminated"]
const states: ReadonlyArray<string> = [...new Set([...RunState.literals, ...machineStates])]

const wanted = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined
  const found = states.find((state) => state.toLowerCase() === text.toLowerCase())
  if (found !== undefined) return found
  const near = nearest(text, states)
  throw usage(`--for ${text}: there is no such state.${near.length === 0 ? "" : ` Did you mean ${near.join(" or ")}?`}`)
}

const isReached = (run: RunRecord, state: string | undefined): boolean =>
  run.phase === "Closed" || (state !== undefined && run.state === state)

/** Beyond the end of any log: whoever waits does not read it. */
const fromByte = Number.MAX_SAFE_INTEGER

/** A run once it has the state, or is over with whatever state. */
const awaitRun = Effect.fnUntraced(function* (run: RunRecord, state: string | undefined) {
  if (isReached(run, state)) return run
  const runs = yield* Runs
  let last = run
  yield* runs.follow(run.id, { follow: true, fromByte }).pipe(
    Stream.takeUntil((event) => event._tag === "Record" && isReached(event.record, state)),
    Stream.runForEach((event) =>
      Effect.sync(() => {
        if (event._tag === "Record") last = event.record
      })
    )
  )
  return last
})

/** A machine once its provider says that it has the state. */
const awaitMachine = (id: string, state: string) =>
  Effect.repeat(liveMachine(id), {
    until: (view) => viewAnswer(view, 0).state === state,
    schedule: Schedule.spaced(defaults.statusPollLast)
  })

export default class Wait extends BaseCommand {
  static override summary = "wait until a run is over, or a run or machine is in some state"
  static override description =
    "Ends like the run does: 0 when it completed, 7 when it failed, 130 when it was cancelled. A machine is waited for until it is Running unless --for says otherwise."
  static override examples = [
    { description: "Until the run is over", command: "<%= config.bin %> <%= command.id %> train-k3f9" },
    {
      description: "Until its job has started, ten minutes at most",
      command: "<%= config.bin %> <%= command.id %> train-k3f9 --for Running --timeout 10m"
    }
  ]
  static override args = { id: word("run or machine, by id or name") }
  static override flags = {
    for: Flags.string({ summary: "state to wait for", helpValue: "STATE" }),
    timeout: Flags.string({ summary: "how long to wait at most", helpValue: "TIME" })
  }

  async run(): Promise<WaitOutput> {
    const { args, flags } = await this.parse(Wait)
    const state = wanted(flags.for)
    const limit = flags.timeout === undefined ? undefined : time("--timeout", flags.timeout)
    const waiting = Effect.gen(function* () {
      const thing = yield* runOrMachine(args.id)
      return thing._tag === "Run"
        ? { run: yield* awaitRun(thing.run, state) }
        : { view: yield* awaitMachine(thing.view.id, state ?? "Running") }
    })
    const found = await this.effect(
      limit === undefined
        ? waiting
        : Effect.timeoutOrElse(waiting, {
            duration: limit * 1000,
            orElse: () =>
              Effect.fail(fail("RUNCTL_E_WAIT_TIMEOUT", `${args.id} was not there within ${flags.timeout ?? ""}`))
          })
    )
    const now = Date.now()
    if (found.run === undefined) {
      const resource = viewAnswer(found.view, now)
      this.print(renderResource(resource, this.style, now))
      return { resource }
    }
    const run = viewRun(found.run, now)
    if (run.phase === "Closed" && run.state !== state) {
      this.say(renderEnding(run, styleOf(process.stderr), process.cwd()))
      process.exitCode = exitOfRun(run)
    } else this.print(renderRun(run, this.style, now))
    return { run }
  }
}
