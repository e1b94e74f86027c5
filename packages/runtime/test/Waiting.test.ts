import { assert, it } from "@effect/vitest"
import * as Waiting from "@runctl/runtime/Waiting"
import * as Schema from "effect/Schema"

const minute = 60_000
const now = 1_800_000_000_000
const When = Schema.Int.check(Schema.isBetween({ minimum: -100, maximum: 100 }))

const Machine = Schema.Struct({
  phase: Schema.Literals(["Intended", "Held", "Ending", "Gone", "Failed"]),
  run: Schema.Literals(["", "open", "closed"]),
  deadline: When,
  sightedAgo: When,
  isSighted: Schema.Boolean,
  isBusy: Schema.Boolean
})

type Planted = Waiting.MachineFacts & { readonly isBusy: boolean }

const facts = ({ deadline, isBusy, isSighted, phase, run, sightedAgo }: typeof Machine.Type): Planted => ({
  phase,
  deadlineAt: now + deadline * minute,
  ...(run === "" ? {} : { run }),
  ...(isSighted ? { sightings: { x: { first: 0, last: now - Math.abs(sightedAgo) * minute, count: 1 } } } : {}),
  isBusy
})

const runs: ReadonlyArray<Waiting.RunFacts> = [
  { id: "open", phase: "Started", deadlineAt: now, spec: { graceSeconds: 90, holdSeconds: 7200 } },
  { id: "closed", phase: "Closed", deadlineAt: now, spec: { graceSeconds: 90, holdSeconds: 7200 } }
]

it.prop(
  "whatever may go on costing money with nobody at it waits, and nothing that is fine does",
  [Schema.Array(Machine)],
  ([planted]) => {
    const machines = planted.map(facts)
    const waiting = Waiting.waiting(runs, machines, now, ({ isBusy }) => isBusy)
    const expected = planted.filter(({ deadline, isBusy, isSighted, phase, run, sightedAgo }) => {
      if (isSighted && Math.abs(sightedAgo) < 15) return true
      if (isBusy || phase === "Gone" || phase === "Failed" || run === "open") return false
      return phase !== "Held" || deadline < -1
    })
    assert.deepStrictEqual(waiting, { runs: 1, machines: expected.length })
  }
)

it("a request that was given up lately is watched, one that failed for a reason is not", () => {
  const failed = (code: string, ago: number): Waiting.MachineFacts => ({
    phase: "Failed",
    deadlineAt: now,
    endedAt: now - ago,
    problem: { code, message: "" }
  })
  assert.isTrue(Waiting.isWatched(failed("RUNCTL_E_OUTCOME_UNKNOWN", minute), now))
  assert.isFalse(Waiting.isWatched(failed("RUNCTL_E_OUTCOME_UNKNOWN", 16 * minute), now))
  assert.isFalse(Waiting.isWatched(failed("RUNCTL_E_OUT_OF_CAPACITY", minute), now))
})
