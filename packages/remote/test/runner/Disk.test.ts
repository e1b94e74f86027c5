import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { title, variants } from "./Sandbox.ts"

const unshare = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0

/** A small file system that only these processes see; the log comes out on standard output. */
const scenario = `
mount -t tmpfs -o size=2m none /mnt && mkdir /mnt/work /tmp/outside-$$ && cd /tmp/outside-$$ || exit 99
export RUNCTL_UNITS=/mnt/state/units HOME=/mnt
sh "$1" start full --workdir . --claim none -- sh -c '
  seq 1 10
  while [ ! -e full ]; do sleep 0.1; done; seq 1 50000; : >written
  while [ ! -e free ]; do sleep 0.1; done; i=0; while [ $i -lt 200 ]; do i=$((i + 1)); echo after; sleep 0.01; done
  [ ! -e again ] || : ; exit 3' </dev/null >&2
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
cat /mnt/state/units/full/log
cd / && rm -rf /tmp/outside-$$`

/** The same, but nobody makes room: only the reserve is there to record the end with. */
const forGood = `
mount -t tmpfs -o size=2m none /mnt && mkdir /tmp/outside-$$ && cd /tmp/outside-$$ || exit 99
export RUNCTL_UNITS=/mnt/state/units HOME=/mnt
sh "$1" start full --workdir . --claim none -- sh -c 'while [ ! -e full ]; do sleep 0.1; done; seq 1 50000; exit 3' </dev/null >&2
cat /dev/zero >/mnt/filler 2>/dev/null
: >full
while case $(sh "$1" status full) in *Ending* | *Running*) ;; *) false ;; esac do sleep 0.1; done
sh "$1" status full
cd / && rm -rf /tmp/outside-$$`

const all = Array.from({ length: 50_000 }, (_, index) => `${index + 1}\n`).join("")
const why = unshare ? "" : " (skipped: no file system can be mounted here)"

describe.concurrent.for(variants)("a full disk", { timeout: 60_000 }, (variant) => {
  describe.skipIf(variant.missing !== undefined || !unshare)(`${title(variant)}${why}`, () => {
    const run = (script: string) =>
      spawnSync("unshare", ["-rm", "sh", "-c", script, "sh", variant.script], {
        env: { PATH: `${variant.path}:${process.env["PATH"]}` },
        encoding: "utf8",
        maxBuffer: 1e8
      })

    it("costs the log bytes that are counted in a marked gap, and the job nothing", () => {
      const { stdout, stderr } = run(scenario)
      const [status = "", ...lines] = stdout.split("\n")
      assert.deepInclude(JSON.parse(status), { state: "Failed", exitCode: 3, logClosed: true }, stderr)
      const text = lines.join("\n")
      const gaps = [...text.matchAll(/\n\[runctl: (\d+) bytes left out here: the disk was full\]\n/g)]
      assert.isNotEmpty(gaps)
      const lost = gaps.reduce((sum, gap) => sum + Number(gap[1]), 0)
      const kept = gaps.reduce((size, gap) => size - gap[0].length, text.length)
      assert.strictEqual(kept + lost, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n".length + all.length + 200 * "after\n".length)
      assert.match(text, /after\n$/)
    })

    it("does not keep the end from being recorded when nobody makes room", () => {
      const { stdout, stderr } = run(forGood)
      assert.deepInclude(JSON.parse(stdout), { state: "Failed", exitCode: 3, logClosed: true }, stderr)
    })
  })
})
