import { spawnSync } from "node:child_process"
import { Box, program } from "../../test/harness/Box.ts"
import { interleaved, timed } from "../measure.ts"
import type { Result } from "../Result.ts"

const rounds = 7

/** A run of a script that does nothing, from the command to the end of the machine, above the script alone. */
export const train = async (): Promise<ReadonlyArray<Result>> => {
  const box = new Box()
  try {
    box.file("nothing.sh", "true")
    const times = await interleaved(
      {
        alone: () => {
          const began = performance.now()
          spawnSync("sh", ["nothing.sh"], { cwd: box.project })
          return performance.now() - began
        },
        // The rounds to warm up leave a supervisor running.
        run: timed([program, "train", "nothing.sh", "--provider", "local"], { cwd: box.project, env: box.env })
      },
      { rounds, warmups: 2 }
    )
    const details = `${times.run.toFixed(0)} ms against ${times.alone.toFixed(0)} ms, medians of ${rounds}, supervisor running`
    return [
      {
        name: "runctl train of a script that does nothing, above the script alone",
        value: (times.run - times.alone) / 1000,
        unit: "s",
        limit: 1,
        details
      }
    ]
  } finally {
    await box.destroy()
  }
}
