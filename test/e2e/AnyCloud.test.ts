import { assert, describe } from "vitest"
import { boxed } from "../harness/boxed.ts"
import { configure, FakeCloud } from "../harness/fakeClouds.ts"
import { until } from "../harness/until.ts"

const gpu = (onDemandUsdPerHour: number) => ({
  offers: [{ instanceType: "gpu-1", gpu: "H100", onDemandUsdPerHour, spotUsdPerHour: onDemandUsdPerHour / 2 }]
})

/** They start many processes: a busy computer takes its time. */
const options = { timeout: 120_000 }

const wanted = ["--gpu", "H100", "--max-hours", "1"] as const

/** Counts to 6, a step a second, and goes on where the newest checkpoint stands. */
const counting = `
mkdir -p "$RUNCTL_CHECKPOINT_DIR"
step=0
[ -z "$RUNCTL_RESUME_FROM" ] || step=$(cat "$RUNCTL_RESUME_FROM")
echo "begins at $step"
while [ $step -lt 6 ]; do
  step=$((step + 1))
  echo $step >"$RUNCTL_CHECKPOINT_DIR/.step" && mv "$RUNCTL_CHECKPOINT_DIR/.step" "$RUNCTL_CHECKPOINT_DIR/step-$step"
  echo "{\\"checkpoint\\": \\"$RUNCTL_CHECKPOINT_DIR/step-$step\\"}"
  [ $step -ne 3 ] || [ -n "$RUNCTL_RESUME_FROM" ] || sleep 120
done
echo $step >"$RUNCTL_OUTPUT_DIR/total"
`

describe.concurrent("several clouds", () => {
  boxed(
    "are one: the cheapest that can be had, with what was tried in words, in JSON and in the journal",
    async (box) => {
      const [dear, cheap, full, away] = [
        new FakeCloud(box, "dear", gpu(4)),
        new FakeCloud(box, "cheap", { ...gpu(2), refuses: "OutOfCapacity" }),
        new FakeCloud(box, "broke", { ...gpu(3), refuses: "InsufficientFunds" }),
        new FakeCloud(box, "away", { ...gpu(1), isAway: true })
      ]
      const poor = new FakeCloud(box, "poor", gpu(0.1))
      delete box.env["POOR_TOKEN"]
      configure(box, [dear, cheap, full, away, poor])
      box.file("train.sh", "echo trained; echo result >out.txt")

      const plan = await box.run(["train", "train.sh", ...wanted, "--dry-run", "--json"])
      assert.strictEqual(plan.code, 0, plan.stderr)
      const { plan: shown } = JSON.parse(plan.stdout)
      const order = shown.ranked.map((offer: { readonly provider: string }) => offer.provider)
      assert.deepStrictEqual(order, ["cheap", "broke", "dear"])
      assert.strictEqual(shown.chosen.provider, "cheap")
      assert.deepStrictEqual(
        shown.failures.map((failure: { readonly provider: string }) => failure.provider),
        ["away"]
      )
      assert.strictEqual(box.machines.length, 0)

      const { code, stderr, stdout } = await box.run(["train", "train.sh", ...wanted, "--yes", "--name", "any"])
      assert.strictEqual(code, 0, stderr)
      assert.strictEqual(stdout, "trained\n")
      assert.match(stderr, /away could not be asked: .*the test says so/)
      assert.match(stderr, /cheap\/here\/gpu-1 could not be had: .*the test says so/)
      assert.match(stderr, /broke\/here\/gpu-1 could not be had/)
      const run = await box.run(["runs", "show", "any", "--json"])
      const { history, provider, quoted, tried } = JSON.parse(run.stdout).run
      assert.strictEqual(provider, "dear")
      assert.deepStrictEqual(
        tried.map((each: { readonly provider: string; readonly code: string }) => [each.provider, each.code]),
        [
          ["cheap", "RUNCTL_E_OUT_OF_CAPACITY"],
          ["broke", "RUNCTL_E_INSUFFICIENT_FUNDS"]
        ]
      )
      assert.lengthOf(history, 1)
      assert.isAbove(quoted.usd, 4)
      assert.match((await box.run(["runs", "show", "any"])).stdout, /tried +cheap\/here\/gpu-1 could not be had/)
      assert.match((await box.run(["events", "--run", "any"])).stdout, /OfferFailed +broke\/here\/gpu-1: /)
      assert.strictEqual(new Set(box.machines.map(({ mark }) => mark.key)).size, 3)
      assert.deepStrictEqual(
        [dear, cheap, full, away, poor].flatMap(({ living }) => living),
        []
      )

      dear.decide({ ...gpu(4), refuses: "QuotaExceeded" })
      const none = await box.run(["create", ...wanted, "--yes", "--json"])
      assert.strictEqual(none.code, 5, none.stdout)
      assert.strictEqual(JSON.parse(none.stdout).error.code, "RUNCTL_E_OFFERS_EXHAUSTED")
      assert.match(JSON.parse(none.stdout).error.message, /3 offers were tried/)
    },
    options
  )

  boxed(
    "take over from one another: a spot machine that is taken back, and a run that is resumed elsewhere",
    async (box) => {
      const [first, second] = [new FakeCloud(box, "first", gpu(2)), new FakeCloud(box, "second", gpu(2.2))]
      configure(box, [first, second])
      box.file("train.sh", counting)
      const training = box.start(["train", "train.sh", ...wanted, "--spot", "--yes", "--name", "moved"])
      training.closeInput()
      await training.printed(/checkpoint .*step-3 saved/)
      const [key = ""] = first.living
      first.takeBack(key)
      const { code, stderr, stdout } = await training.ended
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, /^begins at 0\n[^]*begins at 3\n/)
      assert.match(stderr, /interrupted: the provider took the machine back: its folder says so/)
      const { attempts } = await box.closed()
      assert.deepStrictEqual(
        attempts.map(({ resource }) => resource?.split("/")[0]),
        ["first", "second"]
      )
      assert.strictEqual(box.read("project", "runctl-outputs", "moved", "total"), "6\n")
      assert.include(
        box.events.map(({ type }) => type),
        "InstancePreempted"
      )

      const again = ["--resume", "moved", "--provider", "first", "--yes", "--name", "again", "--max-hours", "1"]
      const resumed = await box.run(["train", "train.sh", ...again])
      assert.strictEqual(resumed.code, 0, resumed.stderr)
      assert.match(resumed.stdout, /^begins at 6\n/)
      assert.match(box.lastRun.attempts[0]?.resource ?? "", /^first\//)
      assert.deepStrictEqual([...first.machines, ...second.machines], [])
    },
    options
  )

  boxed(
    "warn a machine before they take it back: the job saves its work, and goes on elsewhere",
    async (box) => {
      const [first, second] = [new FakeCloud(box, "first", gpu(2)), new FakeCloud(box, "second", gpu(2.2))]
      configure(box, [first, second])
      box.file(
        "train.sh",
        `if [ -n "$RUNCTL_RESUME_FROM" ]; then cp "$RUNCTL_RESUME_FROM" "$RUNCTL_OUTPUT_DIR/saved"; exit; fi
mkdir -p "$RUNCTL_CHECKPOINT_DIR"
trap 'echo saved in time >"$RUNCTL_CHECKPOINT_DIR/.last"; mv "$RUNCTL_CHECKPOINT_DIR/.last" "$RUNCTL_CHECKPOINT_DIR/last"; exit 0' TERM
echo ready
while :; do sleep 0.1; done
`
      )
      const training = box.start(["train", "train.sh", ...wanted, "--spot", "--yes", "--name", "warned"])
      training.closeInput()
      await training.printed(/ready/)
      const [key = ""] = first.living
      first.warn(key)
      const { code, stderr } = await training.ended
      assert.strictEqual(code, 0, stderr)
      assert.match(stderr, /interrupted: the provider took the machine back: its folder says so/)
      assert.strictEqual(box.read("project", "runctl-outputs", "warned", "saved"), "saved in time\n")
      const { attempts } = await box.closed()
      assert.deepStrictEqual(
        attempts.map(({ resource }) => resource?.split("/")[0]),
        ["first", "second"]
      )
      await until("the doomed machine is gone", () => first.machines.length === 0)
      assert.deepStrictEqual(second.machines, [])
    },
    options
  )

  boxed(
    "are missed out loud by a supervisor that was started without the credential of one of them",
    async (box) => {
      const [cheap, dear] = [new FakeCloud(box, "cheap", gpu(1)), new FakeCloud(box, "dear", gpu(2))]
      configure(box, [cheap, dear])
      box.file("train.sh", "echo trained")
      const before = await box.run(["train", "train.sh", ...wanted, "--yes"], { CHEAP_TOKEN: "" })
      assert.strictEqual(before.code, 0, before.stderr)
      assert.notMatch(before.stderr, /could not be asked/)
      const { code, stderr } = await box.run(["train", "train.sh", ...wanted, "--yes", "--name", "missed"])
      assert.strictEqual(code, 0, stderr)
      assert.match(stderr, /machine +cheap\/here\/gpu-1\n/)
      assert.match(stderr, /cheap could not be asked: no credentials where the supervisor was started/)
      assert.match(box.lastRun.attempts[0]?.resource ?? "", /^dear\//)
      const { run } = JSON.parse((await box.run(["runs", "show", "missed", "--json"])).stdout)
      assert.strictEqual(run.failures[0].provider, "cheap")
    },
    options
  )
})
