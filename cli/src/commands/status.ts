import { Home } from "@runctl/runtime/Home"
import { Records } from "@runctl/runtime/Records"
import { Runs } from "@runctl/runtime/Runs"
import { SupervisorClient } from "@runctl/runtime/SupervisorClient"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../BaseCommand.ts"
import { optionalWord } from "../flags.ts"
import { liveMachine, machineClock, runOrMachine } from "../lookup.ts"
import { targetOf } from "../machine/reach.ts"
import type { StatusOutput } from "../output/status.ts"
import { renderResource } from "../render/resources.ts"
import { renderRun } from "../render/runs.ts"
import { renderClock, renderSsh, renderStatus, renderUnattended } from "../render/status.ts"
import { unattended } from "../unattended.ts"
import { viewAnswer } from "../views/list.ts"
import { viewRun } from "../views/run.ts"
import { viewClock, viewStatus, viewTarget } from "../views/status.ts"

export { StatusOutput as Output } from "../output/status.ts"

/** A machine as its provider sees it now; an id that is neither a machine's nor a run's is complained about. */
const machine = Effect.fnUntraced(function* (id: string) {
  const found = yield* runOrMachine(id)
  const view = yield* liveMachine(found._tag === "Run" ? id : found.view.id)
  const clock = yield* machineClock(view)
  return { view, target: yield* targetOf(view), clock, alone: yield* unattended(view, clock) }
})

const overview = Effect.gen(function* () {
  const records = yield* Records
  const supervisor = yield* SupervisorClient
  const { root: home } = yield* Home
  return {
    home,
    supervisor: yield* supervisor.status,
    runs: yield* records.runs,
    resources: yield* records.resources
  }
})

export default class Status extends BaseCommand {
  static override summary = "show what is going on: the supervisor, live runs and machines, what may still be charged"
  static override description =
    "With an id, one run or one machine. The overview asks nobody; a machine's provider is asked, and the machine itself: when it would end if everybody went away now, and by what."
  static override examples = [
    { description: "Everything that is going on", command: "<%= config.bin %> <%= command.id %>" },
    { description: "One run", command: "<%= config.bin %> <%= command.id %> train-k3f9 --json" }
  ]
  static override args = { id: optionalWord("run or machine, by id or name") }

  async run(): Promise<StatusOutput> {
    const { args } = await this.parse(Status)
    const { id } = args
    if (id === undefined) {
      const facts = await this.effect(overview, { isOffline: true })
      const now = Date.now()
      const status = viewStatus(facts, now)
      this.print(renderStatus(status, this.style, now))
      return status
    }
    const found = await this.effect(
      Effect.flatMap(Runs, (runs) => runs.get(id)).pipe(Effect.catchTag("UnknownRun", () => Effect.void)),
      { isOffline: true }
    )
    const now = Date.now()
    if (found !== undefined) {
      const run = viewRun(found, now)
      this.print(renderRun(run, this.style, now))
      return { run }
    }
    const { alone, clock, target, view } = await this.effect(machine(id))
    const seen = Date.now()
    const resource = viewAnswer(view, seen)
    const clocks = viewClock(clock, seen)
    const ssh = viewTarget(target, view.record)
    this.print(renderResource(resource, this.style, seen))
    if (ssh !== null) this.print(renderSsh(ssh, this.style))
    if (clocks !== null) this.print(renderClock(clocks, this.style, seen))
    if (alone !== null) this.print(renderUnattended(alone, this.style, seen))
    return { resource, ssh, machineClock: clocks, unattended: alone }
  }
}
