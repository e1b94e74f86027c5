import * as Emulator from "@runctl/testkit/Emulator"
import { join } from "node:path"
import { Box } from "../../test/harness/Box.ts"
import { configure, FakeCloud } from "../../test/harness/fakeClouds.ts"
import { interleaved } from "../measure.ts"
import type { Result } from "../Result.ts"

const rounds = 7

/** How long each cloud takes to answer, beside DigitalOcean's emulator. */
const latencies = [300, 500, 700, 900, 1000]
const slowest = Math.max(...latencies)
const rows = 5000

const offersOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    instanceType: `type-${index}`,
    ...(index % 2 === 0 ? { gpu: ["H100", "A100", "RTX 4090", "L40S"][(index / 2) % 4] ?? "H100" } : {}),
    onDemandUsdPerHour: 0.05 + ((index * 37) % 1000) / 100,
    spotUsdPerHour: 0.02 + ((index * 37) % 1000) / 300
  }))

const run = async (box: Box, ...args: ReadonlyArray<string>): Promise<{ millis: number; stdout: string }> => {
  const { code, millis, stderr, stdout } = await box.run(args)
  if (code !== 0) throw new Error(`runctl ${args.join(" ")} ended with ${code}: ${stderr}`)
  return { millis, stdout }
}

const ms = (millis: number): string => `${millis.toFixed(0)} ms`

/** All clouds at once against the slowest of them, and all their offers against fetching them. */
export const everywhere = async (): Promise<ReadonlyArray<Result>> => {
  await using digitalocean = await Emulator.digitalocean({ latencyMillis: 200 })
  const box = new Box({ ...digitalocean.environment })
  try {
    const clouds = latencies.map((latencyMillis, index) => {
      const offers = offersOf(rows / latencies.length)
      return new FakeCloud(box, `cloud${index}`, { latencyMillis, offers })
    })
    configure(box, clouds)
    const slow = clouds[latencies.indexOf(slowest)]?.name ?? ""
    const list =
      (...args: ReadonlyArray<string>) =>
      async () => {
        const { millis, stdout } = await run(box, "list", "--json", ...args)
        const { failures, resources } = JSON.parse(stdout)
        if (failures.length > 0 || resources.length > 0) throw new Error(`list found ${stdout}`)
        return millis
      }
    const fetched = async () => {
      const program = join(import.meta.dirname, "fetchOffers.ts")
      const args = clouds.map(({ folder, name }) => `${name}=${folder}`)
      const { code, millis, stderr, stdout } = await box.startProgram(process.execPath, [program, ...args]).ended
      if (code !== 0 || Number(stdout) !== rows) throw new Error(`fetching ended with ${code}: ${stdout}${stderr}`)
      return millis
    }
    const compared = async () => {
      const names = clouds.map(({ name }) => name).flatMap((name) => ["--provider", name])
      const { millis, stdout } = await run(box, "compare", "--live", "--limit", String(rows), "--json", ...names)
      const found = JSON.parse(stdout).offers.length
      if (found !== rows) throw new Error(`${found} offers were compared`)
      return millis
    }
    const times = await interleaved(
      { all: list(), one: list("--provider", slow), fetched, compared },
      { rounds, warmups: 1 }
    )
    return [
      {
        name: `runctl list of ${clouds.length + 1} clouds, beside local and ssh`,
        value: times.all / times.one,
        unit: "x",
        limit: 1.2,
        details: `${ms(times.all)} against ${ms(times.one)} of the slowest alone, which answers after ${ms(slowest)}; medians of ${rounds}`
      },
      {
        name: `runctl compare --live of ${rows.toLocaleString("en")} offers of ${clouds.length} clouds`,
        value: times.compared / times.fetched,
        unit: "x",
        limit: 1.5,
        details: `${ms(times.compared)} against ${ms(times.fetched)} of a program that only fetches them; medians of ${rounds}`
      }
    ]
  } finally {
    await box.destroy()
  }
}
