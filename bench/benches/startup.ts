import { Box, program } from "../../test/harness/Box.ts"
import { fill } from "../journal.ts"
import { interleaved, timed } from "../measure.ts"
import type { Result } from "../Result.ts"

const rounds = 25

/** Wall time of commands against a bare Node that does nothing, all under the same Node. */
export const startup = async (): Promise<ReadonlyArray<Result>> => {
  const small = new Box()
  const large = new Box()
  try {
    await fill(small.home, { runs: 100, events: 800 })
    await fill(large.home, { runs: 100, events: 100_000 })
    const runctl = ({ env, project }: Box, ...args: ReadonlyArray<string>) =>
      timed([program, ...args], { cwd: project, env })
    const times = await interleaved(
      {
        bare: timed(["-e", "0"], { cwd: small.project, env: small.env }),
        "runctl --version": runctl(small, "--version"),
        "runctl --help": runctl(small, "--help"),
        "runctl list --offline, 100 runs and machines": runctl(small, "list", "--offline"),
        "runctl status RUN, 100 runs and machines": runctl(small, "status", "bench-7"),
        "runctl compare --gpu H100": runctl(small, "compare", "--gpu", "H100"),
        "runctl list --offline, 100,000 events": runctl(large, "list", "--offline")
      },
      { rounds, warmups: 3 }
    )
    const result = (name: Exclude<keyof typeof times, "bare">, limit: number): Result => ({
      name,
      value: times[name] / times.bare,
      unit: "x",
      limit,
      details: `${times[name].toFixed(1)} ms against ${times.bare.toFixed(1)} ms of node -e 0, medians of ${rounds}`
    })
    return [
      result("runctl --version", 1.5),
      result("runctl --help", 4),
      result("runctl list --offline, 100 runs and machines", 5),
      result("runctl status RUN, 100 runs and machines", 5),
      result("runctl compare --gpu H100", 5),
      result("runctl list --offline, 100,000 events", 5)
    ]
  } finally {
    await Promise.all([small.destroy(), large.destroy()])
  }
}
