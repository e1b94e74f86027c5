import { assert, describe } from "vitest"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { promised } from "../harness/contract.ts"
import { rows } from "./matrix/rows.ts"

const owner = "testbox1"

/** Counts to 6 with a checkpoint each; the first time it waits at 3 when it is told so. */
const script = `
mkdir -p "$RUNCTL_CHECKPOINT_DIR"
step=0
[ -z "\${RUNCTL_RESUME_FROM-}" ] || step=$(cat "$RUNCTL_RESUME_FROM")
echo "begins at $step"
while [ $step -lt 6 ]; do
  step=$((step + 1))
  echo $step >"$RUNCTL_CHECKPOINT_DIR/.step" && mv "$RUNCTL_CHECKPOINT_DIR/.step" "$RUNCTL_CHECKPOINT_DIR/step-$step"
  echo "{\\"checkpoint\\": \\"$RUNCTL_CHECKPOINT_DIR/step-$step\\"}"
  echo "{\\"metric\\": \\"loss\\", \\"step\\": $step, \\"value\\": 0.5}"
  if [ $step = 3 ] && [ -z "\${RUNCTL_RESUME_FROM-}" ] && [ "$WAITS" = yes ]; then sleep 300; fi
done
echo $step >"$RUNCTL_OUTPUT_DIR/total"
`

/** Runs a command of the box which must succeed, and answers its JSON, of the form that is promised for everybody. */
const json = async (box: Box, command: string, ...args: ReadonlyArray<string>) => {
  const { code, stderr, stdout } = await box.run([...command.split(" "), ...args, "--json"])
  assert.strictEqual(code, 0, `${command} ${args.join(" ")}: ${stdout}${stderr}`)
  return promised(command, stdout)
}

const nativeIdOf = (id: string): string => id.split("/").slice(2).join("/")

describe.each(rows.map((row) => [row.name, row] as const))("%s", (name, row) => {
  boxed(
    "makes a machine, works on it, trains, is interrupted where it interrupts, and keeps nothing: the same commands and JSON as all",
    async (box) => {
      const rented = await row.open(box)
      const flags = ["--provider", name, ...row.flags, "--max-hours", "1", "--yes"]
      box.file("train.sh", script)

      // A machine by itself.
      const planned = await json(box, "create", ...flags, "--dry-run")
      assert.strictEqual(planned.plan.chosen.provider, name)
      assert.deepStrictEqual(rented.left(), [])
      const { resource, tried } = await json(box, "create", ...flags, "--name", "one")
      assert.deepInclude(resource, { provider: name, state: "Running", label: "one", ownership: "ours" })
      assert.deepStrictEqual(tried, [])
      const listed = await json(box, "list")
      assert.deepStrictEqual(listed.failures, [])
      assert.deepStrictEqual(
        listed.resources.map(({ id }: { readonly id: string }) => id),
        [resource.id]
      )
      await json(box, "status", "one")

      // Files there and back.
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
      writeFileSync(join(box.project, "data.bin"), bytes)
      await json(box, "upload", "one", "data.bin", "data.bin")
      await json(box, "download", "one", "data.bin", "back")
      assert.deepStrictEqual(readFileSync(join(box.project, "back")), bytes)

      // A run of its own machine.
      const waits = rented.preempt === undefined ? "no" : "yes"
      const training = box.start(["train", "train.sh", ...flags, "--name", "run", "--env", `WAITS=${waits}`, "--json"])
      training.closeInput()
      if (rented.preempt !== undefined) {
        await training.printed(/checkpoint step-3 saved/, 60)
        rented.preempt(nativeIdOf(box.lastRun.attempts[0]?.resource ?? ""))
      }
      const { code, stderr, stdout } = await training.ended
      assert.strictEqual(code, 0, stderr)
      const { run } = promised("train", stdout)
      assert.deepInclude(run, { state: "Completed", phase: "Closed", provider: name, exitCode: 0 })
      assert.strictEqual(run.attempts, rented.preempt === undefined ? 1 : 2)
      assert.strictEqual(
        run.history[0].interrupted,
        rented.preempt === undefined ? null : (rented.tells ?? "preempted")
      )
      assert.strictEqual(box.read("project", "runctl-outputs", "run", "total"), "6\n")

      // Followed again, once it is over.
      const followed = await box.run(["monitor", "run", "--follow", "--json"])
      assert.strictEqual(followed.code, 0, followed.stderr)
      assert.include(followed.stdout, '"metric"')
      const logs = await box.run(["runs", "logs", "run"])
      assert.match(logs.stdout, rented.preempt === undefined ? /^begins at 0\n/ : /begins at 3\n/)
      const shown = await json(box, "runs show", "run")
      assert.deepStrictEqual(shown.run.history, run.history)
      await json(box, "checkpoints list", "run")
      await json(box, "cost")

      // Nothing is left.
      const ended = await json(box, "terminate", "one")
      assert.deepInclude(ended.resources[0], { id: resource.id, state: "Terminated", endedBy: "us" })
      assert.deepStrictEqual((await json(box, "list")).resources, [])
      assert.deepStrictEqual((await json(box, "resources orphans")).machines, [])
      assert.deepStrictEqual(rented.left(), [])
      rented.verify?.()
    },
    { env: { RUNCTL_OWNER: owner }, timeout: 180_000, skip: row.skip }
  )
})
