import * as Money from "@runctl/core/Money"
import { GiB, type Offer } from "@runctl/core/Offer"
import type * as Ownership from "@runctl/core/Ownership"
import { type Resource, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { event } from "@runctl/runtime/Event"
import { streams } from "@runctl/runtime/Projections"
import * as Emulator from "@runctl/testkit/Emulator"
import * as DateTime from "effect/DateTime"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Box, program } from "../../test/harness/Box.ts"
import { append, type Streamed } from "../journal.ts"
import { median } from "../measure.ts"
import type { Result } from "../Result.ts"
import { labelsOf, markOf, owner } from "./planted.ts"

const machines = 5000
const rounds = 3
const size = "s-1vcpu-1gb"

/** Written by a process at its end. */
const reporter = `import { writeFileSync } from "node:fs"
process.on("exit", () => writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS)))
`

/** What the journal has about a machine of the cloud: what was asked for, and what came. */
const recordOf = (mark: Ownership.Mark, { id, name, region, tags, usdPerHour }: Emulator.Machine): Streamed => {
  const costPerHour = Money.UsdPerHour.make(usdPerHour)
  const offer: Offer = {
    provider: "digitalocean",
    region,
    instanceType: size,
    gpuCount: 0,
    vcpus: 1,
    memoryGiB: GiB.make(1),
    onDemandUsdPerHour: costPerHour,
    source: "bench",
    asOf: DateTime.makeUnsafe(Date.now())
  }
  const resource: Resource = {
    id: resourceId("digitalocean", region, String(id)),
    name,
    state: ResourceState.Running,
    instanceType: size,
    costPerHour,
    tags: Object.fromEntries(tags.map((tag) => [tag, ""])),
    owner,
    key: mark.key
  }
  const request = { provider: "digitalocean", mark, offer, market: "on-demand" as const, usdPerHour: costPerHour }
  return {
    stream: streams.resource(mark.key),
    events: [event("InstanceRequested", { ...request, scopes: [] }), event("InstanceProvisioned", { resource })]
  }
}

const plant = (cloud: Emulator.Cloud): ReadonlyArray<Streamed> =>
  Array.from({ length: machines }, (_, index) => {
    const mark = markOf(index)
    return recordOf(mark, cloud.plant({ ...labelsOf(mark), size }))
  })

/** The most memory a process has ever had, in megabytes. */
const peakOf = async (box: Box, args: ReadonlyArray<string>): Promise<{ peak: number; stdout: string }> => {
  const file = join(box.folder, "peak")
  const loader = join(box.folder, "reporter.mjs")
  writeFileSync(loader, reporter)
  const command = box.startProgram(process.execPath, ["--import", loader, ...args], { BENCH_PEAK: file })
  command.closeInput()
  const { code, stderr, stdout } = await command.ended
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}`)
  return { peak: Number(readFileSync(file, "utf8")) / 1024, stdout }
}

/** A sweep over machines that all have their record, as the one of a large account has. */
export const sweep = async (): Promise<ReadonlyArray<Result>> => {
  await using cloud = await Emulator.digitalocean()
  const box = new Box({
    RUNCTL_DIGITALOCEAN_ENDPOINT: cloud.url,
    DIGITALOCEAN_TOKEN: cloud.token,
    RUNCTL_OWNER: owner
  })
  try {
    await append(box.home, plant(cloud))
    const peaks: Array<number> = []
    for (let round = 0; round < rounds; round++) {
      const { peak, stdout } = await peakOf(box, [program, "sweep", "--provider", "digitalocean", "--json"])
      const { seen } = JSON.parse(stdout)
      if (seen !== machines) throw new Error(`the sweep has seen ${seen} machines: ${stdout.slice(0, 500)}`)
      peaks.push(peak)
    }
    const bare = (await peakOf(box, ["-e", "0"])).peak
    const peak = median(peaks)
    return [
      {
        name: `runctl sweep of ${machines} machines, the most memory above that of node -e 0`,
        value: peak - bare,
        unit: "MB",
        limit: 100,
        details: `${peak.toFixed(0)} MB against ${bare.toFixed(0)} MB, ${(peak / bare).toFixed(2)} times; median of ${rounds}; ${machines} records in the journal`
      }
    ]
  } finally {
    await box.destroy()
  }
}
