import { assert, describe } from "vitest"
import { createHash, randomBytes } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { boxed } from "../harness/boxed.ts"
import { withHost } from "../harness/hosts.ts"
import { withoutMachines } from "../harness/withoutSshd.ts"
import { sleep, until } from "../harness/until.ts"

const skip = withoutMachines
const lines = 1_000_000

const longLog = `
i=0
while [ $i -lt ${lines / 1000} ]; do
  seq -f 'line %.0f of a long log' $((i * 1000)) $((i * 1000 + 999))
  i=$((i + 1))
  [ $((i % 100)) -ne 0 ] || sleep 1
done
`

const expected = (): string => {
  const hash = createHash("sha256")
  for (let n = 0; n < lines; n++) hash.update(`line ${n} of a long log\n`)
  return hash.digest("hex")
}

const digestOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")

describe("a run over SSH", () => {
  boxed(
    "brings home a log of 1,000,000 lines, nothing lost and nothing repeated, while its connection is cut every 1 to 5 s",
    (box) =>
      withHost(
        box,
        async ({ way }) => {
          box.file("train.sh", longLog)
          const { bytes, code, stderr } = await box.run(["train", "train.sh", "--provider", "ssh", "--name", "long"])
          assert.strictEqual(code, 0, stderr)
          assert.isAtLeast(way.counts.cut, 3, "the connection was cut")
          assert.strictEqual(digestOf(box.log(box.lastRun.id)), expected(), "the log")
          assert.strictEqual(digestOf(bytes), expected(), "what the command shows")
        },
        {},
        { cutEvery: { min: 1000, max: 5000 } }
      ),
    { skip, timeout: 240_000 }
  )

  boxed(
    "goes on over a slow line, and over one that was away for a while",
    (box) =>
      withHost(
        box,
        async ({ way }) => {
          box.file("train.sh", "echo begun; until [ -e go ]; do sleep 0.2; done; seq 1 20000; echo done >result")
          const train = box.start(["train", "train.sh", "--provider", "ssh", "--name", "slow"])
          await train.printed(/begun\n/, 60)
          await way.set({ mode: "refuse" })
          way.cut("reset")
          await sleep(6000)
          await way.set({ bytesPerSecond: 100_000, latency: 50 })
          const ended = until(
            "the job is told to go on",
            async () =>
              (
                await box.run([
                  "ssh",
                  "slow",
                  "--",
                  "sh",
                  "-c",
                  "find . -name project -type d | while read d; do : >$d/go; done"
                ])
              ).code === 0,
            60
          )
          await ended
          const { code, stderr, stdout } = await train.ended
          assert.strictEqual(code, 0, stderr)
          assert.strictEqual(stdout, `begun\n${Array.from({ length: 20_000 }, (_, n) => `${n + 1}\n`).join("")}`)
        },
        {},
        { bytesPerSecond: 200_000, latency: 20 }
      ),
    { skip, timeout: 240_000 }
  )

  boxed(
    "goes on after its sshd was killed and started again",
    (box) =>
      withHost(box, async ({ sshd }) => {
        box.file("train.sh", "echo begun; sleep 8; echo done")
        const train = box.start(["train", "train.sh", "--provider", "ssh", "--name", "again"])
        await train.printed(/begun\n/, 60)
        // Every connection goes, and the listener does not answer for a while; the job is not theirs.
        sshd.killConnections()
        await sleep(1000)
        sshd.killConnections()
        const { code, stderr, stdout } = await train.ended
        assert.strictEqual(code, 0, stderr)
        assert.strictEqual(stdout, "begun\ndone\n")
      }),
    { skip, timeout: 120_000 }
  )

  boxed(
    "is not carried on with a host that shows another key, and says what to do",
    (box) =>
      withHost(box, async ({ sshd }) => {
        box.file("train.sh", "echo fine")
        assert.strictEqual((await box.run(["train", "train.sh", "--provider", "ssh", "--name", "first"])).code, 0)
        await box.closed()
        await sshd.changeHostKey()
        const doctor = await box.run(["providers", "doctor", "ssh"])
        assert.notStrictEqual(doctor.code, 0)
        assert.match(doctor.stdout + doctor.stderr, /knows another one/)
        assert.match(doctor.stdout + doctor.stderr, /ssh-keygen -R/)
        const refused = await box.run(["train", "train.sh", "--provider", "ssh", "--name", "second"])
        assert.notStrictEqual(refused.code, 0)
        assert.strictEqual(refused.stdout, "")
      }),
    { skip, timeout: 120_000 }
  )

  for (const [title, options] of [
    [
      "without bash and python, whose login shell prints a banner",
      { without: ["bash", "python3"], loginShell: "/bin/sh", config: ["Banner /etc/hostname"] }
    ],
    ["without tar", { without: ["tar"] }],
    ["whose clock is a day ahead", { clockOffset: 86_400 }],
    ["whose clock is a day behind", { clockOffset: -86_400 }],
    ["that allows one session and few keys", { config: ["MaxSessions 1", "MaxAuthTries 1"] }],
    ["with a home that is read-only", { readOnlyHome: true }]
  ] as const) {
    boxed(
      `comes to its end on a machine ${title}`,
      (box) =>
        withHost(
          box,
          async ({ sshd }) => {
            box.file(
              "train.sh",
              'echo "hello $1"; mkdir -p "$RUNCTL_OUTPUT_DIR"; echo result >"$RUNCTL_OUTPUT_DIR/out.txt"'
            )
            const { code, stderr, stdout } = await box.run([
              "train",
              "train.sh",
              "--provider",
              "ssh",
              "--name",
              "odd",
              "--",
              "there"
            ])
            assert.strictEqual(code, 0, stderr)
            assert.strictEqual(stdout, "hello there\n")
            assert.strictEqual(box.read("project", "runctl-outputs", "odd", "out.txt"), "result\n")
            await box.closed()
            const machines = sshd.pathOf(join(sshd.home, ".runctl", "machines"))
            assert.isFalse(existsSync(machines) && readdirSync(machines).length > 0)
          },
          options
        ),
      { skip, timeout: 120_000 }
    )
  }

  boxed(
    "says that the disk there is full, and leaves nothing",
    (box) =>
      withHost(
        box,
        async () => {
          box.file("train.sh", "echo hello")
          box.file("big.bin", randomBytes(20_000_000))
          const { code, stderr } = await box.run(["train", "train.sh", "--provider", "ssh", "--name", "full"])
          assert.notStrictEqual(code, 0)
          assert.match(stderr, /No space left on device/)
          await box.closed()
          assert.include((await box.run(["list"])).stdout, "No machines")
        },
        { diskBytes: 8_000_000 }
      ),
    { skip, timeout: 120_000 }
  )

  boxed(
    "leaves its secrets nowhere: not here, not there, not in any log",
    (box) =>
      withHost(box, async ({ sshd }) => {
        const canary = `canary-${randomBytes(12).toString("hex")}`
        box.file("train.sh", '[ -n "$TOKEN" ] && echo "has it"; sleep 1')
        const train = box.start(
          ["train", "train.sh", "--provider", "ssh", "--name", "quiet", "--env", "TOKEN", "--keep"],
          { TOKEN: canary }
        )
        await train.printed(/has it\n/, 60)
        assert.strictEqual((await train.ended).code, 0)
        const found = (folder: string): ReadonlyArray<string> =>
          readdirSync(folder, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name))
            .filter((file) => readFileSync(file).includes(canary))
        assert.deepStrictEqual([...found(box.folder), ...found(sshd.folder)], [])
        assert.strictEqual((await box.run(["terminate", "quiet", "--yes"])).code, 0)
      }),
    { skip, timeout: 120_000 }
  )
})
