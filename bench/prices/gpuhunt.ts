import type { PlainOffer } from "@runctl/prices"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Seconds that gpuhunt takes for the same rows: from memory, and from files. */
export interface Gpuhunt {
  readonly query: number
  readonly read: number
  readonly items: number
  readonly version: string
}

const heading =
  "instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot,disk_size,gpu_vendor,flags,cpu_arch,provider_data"

/** gpuhunt's names of providers that have another name with it; those it does not know go to one that it does. */
const names: Readonly<Record<string, string>> = { lambda: "lambdalabs" }
const known = new Set(["aws", "lambdalabs", "nebius", "runpod", "verda"])

/** A row of gpuhunt's for the on-demand price, which it has to know. */
const rowOf = (offer: PlainOffer): string =>
  [
    offer.instanceType,
    `"${offer.region}"`,
    offer.onDemandUsdPerHour ?? 0,
    Math.round(offer.vcpus),
    offer.memoryGiB,
    Math.floor(offer.gpuCount),
    offer.gpu ?? "",
    offer.gpuMemoryGiB ?? "",
    "False",
    "",
    "",
    "",
    "x86",
    "{}"
  ].join(",")

const run = (command: string, args: ReadonlyArray<string>): string => {
  const { error, status, stderr, stdout } = spawnSync(command, [...args], { encoding: "utf8", timeout: 180_000 })
  if (status !== 0)
    throw new Error(`${command} ended with ${status}: ${stderr.trim().split("\n").at(-1)}`, { cause: error })
  return stdout
}

/** Installs gpuhunt from the Python registry and times it; throws where that cannot be done. */
export const timeGpuhunt = (offers: ReadonlyArray<PlainOffer>, rounds: number): Gpuhunt => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-gpuhunt-"))
  try {
    run("python3", ["-m", "venv", join(folder, "venv")])
    const python = join(folder, "venv", "bin", "python")
    run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "gpuhunt"])
    const rows = new Map<string, Array<string>>()
    for (const offer of offers) {
      const named = names[offer.provider] ?? offer.provider
      const name = known.has(named) ? named : "aws"
      const lines = rows.get(name) ?? [heading]
      lines.push(rowOf(offer))
      rows.set(name, lines)
    }
    for (const [name, lines] of rows) writeFileSync(join(folder, `${name}.csv`), `${lines.join("\n")}\n`)
    const version = run(python, ["-c", "import importlib.metadata as m; print(m.version('gpuhunt'))"]).trim()
    const script = join(import.meta.dirname, "theirs.py")
    const { items, query, read }: Gpuhunt = JSON.parse(run(python, [script, folder, String(rounds)]))
    return { items, query, read, version }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
