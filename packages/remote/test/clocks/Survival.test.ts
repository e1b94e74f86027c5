import { assert, describe } from "@effect/vitest"
import { execFile, spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { read, until } from "../runner/Processes.ts"
import { which } from "../runner/Variants.ts"
import { type ClockBox, onEachClock } from "./ClockBox.ts"

/** A user's crontab as cron's own program keeps it: a whole file, or none. */
const withCrontab = (box: ClockBox, table?: string): { readonly table: string } => {
  const file = path.join(box.folder, "crontab")
  if (table !== undefined) fs.writeFileSync(file, table)
  box.addTool(
    "crontab",
    `f='${file}'
case $1 in
  -l) [ -e "$f" ] || { echo 'no crontab for you' >&2; exit 1; }; [ ! -e '${box.folder}/broken' ] || exit 1; cat "$f" ;;
  -r) rm "$f" ;;
  -) cat >"$f.new" && mv "$f.new" "$f" ;;
esac`
  )
  return {
    get table() {
      return fs.existsSync(file) ? fs.readFileSync(file, "latin1") : "(none)"
    }
  }
}

/** A process that has the name of cron's. */
const cron = (box: ClockBox) => {
  const program = path.join(box.folder, "cron")
  fs.copyFileSync(which("sleep") ?? "", program)
  fs.chmodSync(program, 0o755)
  return spawn(program, ["60"], { stdio: "ignore" })
}

const theirs =
  "MAILTO=\"\"\n# caf\u00e9 %\n\n*/5 * * * * backup 'a b' # runctl clocks of /elsewhere\n@reboot no newline at the end"

describe.concurrent("a reboot", { timeout: 120_000 }, () => {
  onEachClock("is survived by a line in the user's crontab, whose own bytes stay as they are", async (box) => {
    box.moveTo("a 'b' 50% $c")
    const crontab = withCrontab(box, theirs)
    assert.deepInclude(await box.arm(600), { by: "crontab" })
    const once = crontab.table
    await box.arm(600)
    assert.strictEqual(crontab.table, once)
    assert.isTrue(once.endsWith(`\n${Buffer.from(theirs).toString("latin1")}`))
    const [line = "", ...rest] = once.split("\n")
    assert.strictEqual(rest.join("\n"), Buffer.from(theirs).toString("latin1"))
    assert.match(line, /^@reboot .* # runctl clocks of \/.*50\\%/)
    // What cron does with it: a percent sign without a backslash would begin the command's input.
    assert.notMatch(line, /[^\\]%/)
    box.kill(box.keeper)
    await until("the keeper is gone", () => box.keepers.length === 0)
    const command = line.slice("@reboot ".length).replaceAll("\\%", "%")
    spawnSync("sh", ["-c", command], { env: { PATH: box.variant.path, HOME: box.folder }, cwd: "/" })
    await until("it is back", () => box.keepers.length === 1)
    await box.run(["disarm"])
    assert.strictEqual(crontab.table, Buffer.from(theirs).toString("latin1"))
  })

  onEachClock("is told as survived only where cron runs", async (box) => {
    withCrontab(box)
    const daemon = cron(box)
    await until("cron runs", () => read(`/proc/${daemon.pid}/comm`) === "cron\n")
    assert.deepInclude(await box.arm(600), { by: "crontab", survivesReboot: true })
    daemon.kill("SIGKILL")
  })

  onEachClock("leaves no crontab behind where there was none", async (box) => {
    const crontab = withCrontab(box)
    await box.arm(600)
    assert.include(crontab.table, "@reboot")
    await box.run(["disarm"])
    assert.strictEqual(crontab.table, "(none)")
  })

  onEachClock("is prepared for no longer once the end action has removed the machine", async (box) => {
    const crontab = withCrontab(box, theirs)
    await box.arm(1, [], 'cd / && rm -rf "$RUNCTL_MACHINE_DIR"')
    assert.include(crontab.table, "runctl clocks of")
    await until("the keeper has ended", () => !fs.existsSync(box.machine) && box.keepers.length === 0)
    assert.strictEqual(crontab.table, Buffer.from(theirs).toString("latin1"))
  })

  onEachClock("does not cost a crontab that cannot be read, and is then not survived", async (box) => {
    const crontab = withCrontab(box, theirs)
    fs.writeFileSync(path.join(box.folder, "broken"), "")
    assert.deepInclude(await box.arm(600), { keeper: true, survivesReboot: false, by: null })
    assert.strictEqual(crontab.table, Buffer.from(theirs).toString("latin1"))
  })

  onEachClock("of a machine beside another one wakes both", async (box) => {
    const crontab = withCrontab(box, theirs)
    await box.arm(600)
    const other = path.join(box.folder, "machine", "inner")
    const { env } = box
    box.env = { ...env, RUNCTL_MACHINE_DIR: other }
    fs.mkdirSync(other)
    const arm = ["arm", "--deadline", "1", "--left", "600", "--end-action", "-"]
    await box.run(arm, "true")
    const lines = () => crontab.table.split("\n").filter((line) => line.startsWith("@reboot RUNCTL"))
    assert.lengthOf(lines(), 2)
    await box.run(["disarm"])
    assert.lengthOf(lines(), 1)
    box.env = env
    assert.deepInclude(await box.status(), { by: "crontab" })
  })

  onEachClock("is survived through the user's systemd where it lingers and there is no crontab", async (box) => {
    box.addTool("crontab", "exit 1")
    box.addTool("id", `case $1 in -u) echo 1000 ;; *) echo somebody ;; esac`)
    box.addTool("loginctl", "echo Linger=yes")
    box.addTool("systemctl", `echo "$@" >>'${box.folder}/systemctl'`)
    assert.deepInclude(await box.arm(600), { by: "systemd", survivesReboot: true })
    const folder = path.join(box.folder, ".config", "systemd", "user")
    const [unit = ""] = fs.readdirSync(folder)
    assert.include(
      fs.readFileSync(path.join(folder, unit), "utf8"),
      `ExecStart=/bin/sh ${box.machine}/.runctl/${box.script} run`
    )
    await box.run(["disarm"])
    assert.deepEqual(fs.readdirSync(folder), [])
    const said = fs.readFileSync(path.join(box.folder, "systemctl"), "utf8")
    assert.strictEqual(said, `--user daemon-reload\n--user enable ${unit}\n--user disable ${unit}\n`)
  })
})

const noMounts =
  spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0
    ? undefined
    : "file system that we may mount"

/** Runs `sh` where file systems may be mounted: $1 the script, $2 a folder. */
const mounting = (box: ClockBox, script: string): Promise<string> =>
  new Promise((resolve) => {
    const env = { ...box.env, PATH: `${box.env["PATH"]}:${process.env["PATH"]}` }
    const args = ["-rm", "sh", "-c", script, "sh", path.join(box.machine, ".runctl", box.script), box.folder]
    execFile("unshare", args, { env, timeout: 60_000 }, (_, stdout, stderr) => resolve(stdout + stderr))
  })

describe.concurrent("a machine that cannot write", { timeout: 120_000 }, () => {
  onEachClock(
    "is ended in time when its disk has filled up",
    async (box) => {
      const said = await mounting(
        box,
        `mount -t tmpfs -o size=1m none /mnt && mkdir /mnt/machine || exit 99
export RUNCTL_MACHINE_DIR=/mnt/machine HOME=/mnt
echo "echo acted >>'$2/acted'" | sh "$1" arm --deadline 5 --left 4 --hold 1 --end-action -
cat /dev/zero >/mnt/machine/filler 2>/dev/null
while [ ! -e "$2/acted" ]; do sleep 0.2; done
sh "$1" status; sh "$1" disarm`
      )
      assert.strictEqual(box.actions, "acted\n", said)
    },
    noMounts
  )

  onEachClock(
    "is not armed, and says so, where its directory is read-only; a home that is does no harm",
    async (box) => {
      const said = await mounting(
        box,
        `mkdir "$2/home" "$2/elsewhere"; mount --bind "$2/home" "$2/home" && mount -o remount,bind,ro "$2/home" || exit 99
export HOME=$2/home RUNCTL_MACHINE_DIR=$2/home
echo true | sh "$1" arm --deadline 5 --left 600 --end-action -; echo "code $?"
sh "$1" status
export RUNCTL_MACHINE_DIR=$2/elsewhere
echo true | sh "$1" arm --deadline 5 --left 600 --end-action -; echo "code $?"
sh "$1" disarm`
      )
      assert.match(said, /^code 1\n\{"armed":false\}\n\{"armed":true.*"keeper":true.*\ncode 0\n/)
      assert.include(said, "cannot make")
    },
    noMounts
  )
})
