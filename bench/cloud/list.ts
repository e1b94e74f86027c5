import * as Emulator from "@runctl/testkit/Emulator"
import { Box } from "../../test/harness/Box.ts"
import { interleaved, median, timed } from "../measure.ts"
import type { Result } from "../Result.ts"
import { labelsOf, markOf, owner } from "./planted.ts"

const machines = 500
const latencyMillis = 300
const rounds = 5

/** Three pages of two hundred, and one of those with GPUs, which no other list has. */
const pages = [
  { type: "droplets", page: "1" },
  { type: "droplets", page: "2" },
  { type: "droplets", page: "3" },
  { type: "gpus", page: "1" }
]

const regions = ["ams3", "blr1", "fra1", "lon1", "nyc1", "nyc3", "sfo3", "sgp1", "syd1", "tor1"]

const plant = (cloud: Emulator.Cloud): number => {
  const found = new Set<string>()
  for (let index = 0; index < machines; index++) {
    const region = regions[index % regions.length] ?? ""
    found.add(cloud.plant({ ...labelsOf(markOf(index)), region }).region)
  }
  return found.size
}

/** The slowest page, asked for alone and by nothing but `fetch`. */
const slowestPage = async ({ token, url }: Emulator.Cloud): Promise<number> => {
  const times: Array<number> = []
  for (const query of pages) {
    const began = performance.now()
    const answer = await fetch(`${url}/v2/droplets?${new URLSearchParams({ ...query, per_page: "200" }).toString()}`, {
      headers: { Authorization: `Bearer ${token}` }
    })
    await answer.json()
    times.push(performance.now() - began)
  }
  return Math.max(...times)
}

/** All machines of a large account: how often it is asked, and for how long. */
export const list = async (): Promise<ReadonlyArray<Result>> => {
  await using cloud = await Emulator.digitalocean({ latencyMillis })
  await using nowhere = await Emulator.digitalocean()
  const box = new Box({
    RUNCTL_DIGITALOCEAN_ENDPOINT: cloud.url,
    DIGITALOCEAN_TOKEN: cloud.token,
    RUNCTL_OWNER: owner
  })
  try {
    const places = plant(cloud)
    const calls: Array<number> = []
    /** The program's own start, its plugin's, and its answer: nothing is there, and nobody takes any time. */
    const start = async (): Promise<number> => {
      const { code, millis, stderr } = await box.run(["list", "--json"], {
        RUNCTL_DIGITALOCEAN_ENDPOINT: nowhere.url,
        DIGITALOCEAN_TOKEN: nowhere.token
      })
      if (code !== 0) throw new Error(`an empty list ended with ${code}: ${stderr}`)
      return millis
    }
    const listed = async (): Promise<number> => {
      const from = cloud.requests.length
      const { code, millis, stdout, stderr } = await box.run(["list", "--json"])
      const shown = code === 0 ? JSON.parse(stdout).resources.length : 0
      if (shown !== machines) throw new Error(`${shown} machines were listed, code ${code}: ${stderr}`)
      calls.push(cloud.requests.length - from)
      return millis
    }
    const first = await listed()
    const times = await interleaved(
      {
        bare: timed(["-e", "0"], { cwd: box.project, env: box.env }),
        start,
        page: () => slowestPage(cloud),
        listed
      },
      { rounds, warmups: 1 }
    )
    const name = `runctl list of ${machines} machines in ${places} regions, ${latencyMillis} ms a page`
    const ratioTo = (floor: number): number => times.listed / floor
    const ms = (millis: number): string => `${millis.toFixed(0)} ms`
    return [
      {
        name: `${name}, calls`,
        value: Math.max(...calls),
        unit: "calls",
        limit: pages.length,
        details: `the most of ${calls.length}; each as many as there are pages; ${median(calls)} as a rule`
      },
      {
        name: `${name}, time against the slowest page and the program's own start`,
        value: ratioTo(times.page + times.start),
        unit: "x",
        limit: 1.5,
        details: `${ms(times.listed)} against ${ms(times.page)} and ${ms(times.start)}, the number of pages known from before; ${ratioTo(times.page + times.bare).toFixed(2)} times the page and node -e 0 (${ms(times.bare)}); the first list of all took ${ms(first)}`
      }
    ]
  } finally {
    await box.destroy()
  }
}
