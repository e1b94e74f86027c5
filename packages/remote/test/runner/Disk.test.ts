import { assert, describe } from "@effect/vitest"
import { execFile, spawnSync } from "node:child_process"
import { onEachShell } from "./onEachShell.ts"
import { type Sandbox } from "./Sandbox.ts"

const unshare = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0

/** A small file system that only these processes see; the log comes out on standard output. */
const scenario = `
mount -t tmpfs -o size=2m none /mnt && cd "$2" || exit 99
rm -f full; export RUNCTL_UNITS=/mnt/state/units HOME=/mnt
sh "$1" start full --workdir . --claim none -- sh -c '
  seq 1 10
  while [ ! -e full ]; do sleep 0.1; done; seq 1 50000; : >written
  while [ ! -e free ]; do sleep 0.1; done; i=0; while [ $i -lt 200 ]; do i=$((i + 1)); echo after; sleep 0.01; done
  exit 3' </dev/null >&2
sleep 0.5
cat /dev/zero >/mnt/filler 2>/dev/null
: >full
while [ ! -e written ]; do sleep 0.1; done
sleep 0.5
rm /mnt/filler
: >free
sh "$1" logs full --from 0 --follow >/dev/null
while case $(sh "$1" status full) in *Ending* | *Running*) ;; *) false ;; esac do sleep 0.1; done
sh "$1" status full
cat /mnt/state/units/full/log`

/** Nobody makes room for a job that prints or is silent: only the reserve is there to record the end with. */
const forGood = `
mount -t tmpfs -o size=2m none /mnt && cd "$2" || exit 99
rm -f full; export RUNCTL_UNITS=/mnt/state/units HOME=/mnt
sh "$1" start full --workdir . --claim none -- sh -c 'while [ ! -e full ]; do sleep 0.1; done; '"$3"'exit 3' </dev/null >&2
cat /dev/zero >/mnt/filler 2>/dev/null
: >full
while case $(sh "$1" status full) in *Ending* | *Running*) ;; *) false ;; esac do sleep 0.1; done
sh "$1" status full`

const all = Array.from({ length: 50_000 }, (_, index) => `${index + 1}\n`).join("")
const noMounts = unshare ? undefined : "file system that we may mount"

const run = (box: Sandbox, script: string, work = ""): Promise<{ readonly stdout: string; readonly stderr: string }> =>
  new Promise((resolve) => {
    const env = { PATH: `${box.variant.path}:${process.env["PATH"]}` }
    const args = ["-rm", "sh", "-c", script, "sh", box.variant.script, box.work, work]
    execFile("unshare", args, { env, maxBuffer: 1e8, timeout: 60_000 }, (_, stdout, stderr) =>
      resolve({ stdout, stderr })
    )
  })

describe.concurrent("a full disk", { timeout: 120_000 }, () => {
  onEachShell(
    "costs the log bytes that are counted in a marked gap, and the job nothing",
    async (box) => {
      const { stdout, stderr } = await run(box, scenario)
      const [status = "", ...lines] = stdout.split("\n")
      assert.deepInclude(JSON.parse(status), { state: "Failed", exitCode: 3, logClosed: true }, stderr)
      const text = lines.join("\n")
      const gaps = [...text.matchAll(/\n\[runctl: (\d+) bytes left out here: the disk was full\]\n/g)]
      assert.isNotEmpty(gaps)
      const lost = gaps.reduce((sum, gap) => sum + Number(gap[1]), 0)
      const kept = gaps.reduce((size, gap) => size - gap[0].length, text.length)
      assert.strictEqual(kept + lost, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n".length + all.length + 200 * "after\n".length)
      assert.match(text, /after\n$/)
    },
    noMounts
  )

  onEachShell(
    "does not keep the end from being recorded when nobody makes room",
    async (box) => {
      for (const work of ["", "seq 1 50000; "]) {
        const { stdout, stderr } = await run(box, forGood, work)
        assert.deepInclude(JSON.parse(stdout), { state: "Failed", exitCode: 3, logClosed: true }, stderr)
      }
    },
    noMounts
  )
})
