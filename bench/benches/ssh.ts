import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { withoutSshd } from "../../test/harness/withoutSshd.ts"
import { interleaved } from "../measure.ts"
import type { Result, Skipped } from "../Result.ts"
import { machine, SshBench } from "../ssh/Bench.ts"
import { limited } from "../ssh/limited.ts"

const rounds = 3

const missing = (): string | undefined =>
  withoutSshd ??
  ["scp", "rsync", "tar"]
    .map((name) =>
      spawnSync("sh", ["-c", `command -v ${name}`]).status === 0 ? undefined : `${name} is not installed`
    )
    .find((why) => why !== undefined)

const ms = (millis: number): string => `${millis.toFixed(0)} ms`

/** One kind of data in one direction, by us and by OpenSSH's three ways. */
const moved = async (
  bench: SshBench,
  name: string,
  direction: "up" | "down",
  link: string,
  least: number
): Promise<Result> => {
  const from = bench.path(name)
  const to = bench.path("arrived")
  const ssh = `ssh -F ${bench.config}`
  const [source, target] = direction === "up" ? [from, `box:${to}`] : [`box:${from}`, to]
  const fresh = (go: () => number) => (): number => {
    bench.clear("arrived", ".runctl")
    return go()
  }
  const times = await interleaved(
    {
      ours: fresh(() =>
        bench.ours(
          direction === "up" ? { what: "up", local: from, remote: to } : { what: "down", local: to, remote: from }
        )
      ),
      scp: fresh(() => bench.theirs(`scp -q -r -F ${bench.config} ${source} ${target}`)),
      rsync: fresh(() => bench.theirs(`rsync -a -e '${ssh}' ${source}/ ${target}/`)),
      tar: fresh(() =>
        bench.theirs(
          direction === "up"
            ? `tar -cf - -C ${from} . | ${ssh} box 'mkdir ${to} && tar -xf - -C ${to}'`
            : `mkdir ${to} && ${ssh} box 'tar -cf - -C ${from} .' | tar -xf - -C ${to}`
        )
      )
    },
    // The first copy of something finds disks, memory and programs cold, whoever makes it.
    { rounds, warmups: 1 }
  )
  const best = Math.min(times.scp, times.rsync, times.tar)
  return {
    name: `${name} ${direction} over ${link}, time against the best of scp, rsync and tar | ssh`,
    value: times.ours / best,
    unit: "x",
    limit: 1 / least,
    details: `${ms(times.ours)}; scp ${ms(times.scp)}, rsync ${ms(times.rsync)}, tar ${ms(times.tar)}`
  }
}

const unchanged = async (bench: SshBench): Promise<Result> => {
  const from = bench.path("tree")
  bench.ours({ what: "up", local: from, remote: bench.path("ours") })
  const rsync = `rsync -a -e 'ssh -F ${bench.config}' ${from}/ box:${bench.path("theirs")}/`
  bench.theirs(rsync)
  const times = await interleaved(
    {
      ours: () => bench.ours({ what: "up", local: from, remote: bench.path("ours") }),
      rsync: () => bench.theirs(rsync)
    },
    { rounds: 3, warmups: 0 }
  )
  return {
    name: "an unchanged tree of 10,000 files brought again, time against rsync's",
    value: times.ours / times.rsync,
    unit: "x",
    limit: 1,
    details: `${ms(times.ours)} against ${ms(times.rsync)}`
  }
}

const roundTrip = async (bench: SshBench): Promise<Result> => {
  const control = bench.path("control")
  bench.theirs(`ssh -F ${bench.config} -M -S ${control} -fN box`)
  const times = await interleaved(
    {
      ours: () => bench.ours({ what: "roundTrips" }),
      master: () =>
        bench.theirs(`for i in 1 2 3 4 5 6 7 8 9 10; do ssh -F ${bench.config} -S ${control} box true; done`) / 10
    },
    { rounds, warmups: 0 }
  )
  bench.theirs(`ssh -F ${bench.config} -S ${control} -O exit box 2>/dev/null`)
  return {
    name: "a command on an open connection, time against ssh through ControlMaster",
    value: times.ours / times.master,
    unit: "x",
    limit: 1.5,
    details: `${times.ours.toFixed(1)} ms against ${times.master.toFixed(1)} ms`
  }
}

/** How busy all processors were while something ran, from 0 to 1. */
const busyDuring = (go: () => number): { readonly millis: number; readonly busy: number } => {
  const read = (): ReadonlyArray<number> =>
    (readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "").split(/\s+/).slice(1).map(Number)
  const before = read()
  const millis = go()
  const spent = read().map((value, index) => value - (before[index] ?? 0))
  const total = spent.reduce((sum, value) => sum + value, 0)
  return { millis, busy: 1 - ((spent[3] ?? 0) + (spent[4] ?? 0)) / total }
}

const manyHosts = async (bench: SshBench): Promise<Result> => {
  const sshds = await Promise.all(Array.from({ length: 50 }, () => machine()))
  try {
    const endpoints = sshds.map((sshd) => ({
      ...bench.endpoint,
      port: sshd.port,
      identityFile: sshd.clientKey.file,
      hostKey: sshd.hostKey
    }))
    const one = Math.min(...[1, 2, 3].map(() => bench.ours({ what: "batch" }, endpoints.slice(0, 1))))
    const all = [1, 2, 3].map(() => busyDuring(() => bench.ours({ what: "batch" }, endpoints)))
    const best = all.reduce((left, right) => (right.millis < left.millis ? right : left))
    const commands = sshds.map(
      ({ clientKey, port }) =>
        `ssh -F ${bench.config} -o HostName=127.0.0.1 -i ${clientKey.file} -p ${port} box true & p="$p $!"`
    )
    const theirs = Math.min(
      ...[1, 2].map(() => bench.theirs(`${commands.join("\n")}\nfor i in $p; do wait $i || exit 1; done`))
    )
    const details = `${ms(best.millis)} against ${ms(one)} for one; 50 times ssh takes ${ms(theirs)}; processors ${(best.busy * 100).toFixed(0)}% busy`
    // Fifty handshakes are work, at both ends here: where the processors are the limit, OpenSSH's time is the measure.
    return best.busy > 0.8
      ? {
          name: "50 hosts at once, limited by the processors, time against 50 times ssh",
          value: best.millis / theirs,
          unit: "x",
          limit: 1,
          details
        }
      : { name: "50 hosts at once, time against one", value: best.millis / one, unit: "x", limit: 3, details }
  } finally {
    await Promise.all(sshds.map((sshd) => sshd.close()))
  }
}

/** Files, commands and batches over SSH on this computer, against OpenSSH's own programs. */
export const ssh = async (): Promise<ReadonlyArray<Result | Skipped>> => {
  const why = missing()
  if (why !== undefined) return [{ name: "ssh", skipped: why }]
  const bench = new SshBench(await machine())
  const results: Array<Result | Skipped> = []
  try {
    const names = { small: bench.makeSmall(), big: bench.makeBig(), tree: bench.makeTree() }
    for (const name of Object.keys(names)) {
      for (const direction of ["up", "down"] as const) {
        results.push(await moved(bench, name, direction, "loopback", 0.65))
      }
    }
    results.push(await unchanged(bench), await roundTrip(bench), await manyHosts(bench))
    results.push({
      name: "the most memory of a process that moves files",
      value: bench.megabytes,
      unit: "MB",
      limit: 200,
      details: "of all the transfers above"
    })
  } finally {
    await bench.destroy()
  }
  const gigabit = await limited(1_000_000_000)
  if (typeof gigabit === "string") return [...results, { name: "ssh through 1 Gbit/s", skipped: gigabit }]
  try {
    const { bench: slow } = gigabit
    const names = { small: slow.makeSmall(), big: slow.makeBig(), tree: slow.makeTree() }
    for (const name of Object.keys(names)) {
      for (const direction of ["up", "down"] as const) {
        results.push(await moved(slow, name, direction, "1 Gbit/s", 1))
      }
    }
  } finally {
    await gigabit.close()
  }
  return results
}
