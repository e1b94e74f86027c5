import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { userInfo } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import * as SshMachine from "../src/SshMachine.ts"
import { hasSsh, ssh, whyNoSsh } from "./openssh.ts"

const output = async (machine: SshMachine.SshMachine, command: string): Promise<string> =>
  (await ssh(machine, command)).stdout

const isRoot = process.getuid?.() === 0
const noNamespace = hasSsh ? SshMachine.missingFor("namespace") : undefined

const isolations: ReadonlyArray<SshMachine.Isolation> = noNamespace === undefined ? ["home", "namespace"] : ["home"]

describe.skipIf(!hasSsh).each(isolations)(`a machine over SSH with isolation %s${whyNoSsh}`, (isolation) => {
  it("has not the programs that it is to be without", async () => {
    await using machine = await SshMachine.start({ isolation, without: ["tar", "python3"] })
    const found = await output(machine, "for name in tar python3 gzip ls; do command -v $name || echo no; done")
    expect(found.split("\n").map((line) => line.replace(/^.*\//, ""))).toEqual(["no", "no", "gzip", "ls", ""])
    expect(await ssh(machine, "tar --version")).toMatchObject({ code: 127 })
  })

  it("has only the programs that were chosen", async () => {
    await using machine = await SshMachine.start({ isolation, only: ["sh", "cat", "sleep"] })
    const found = await output(machine, "for name in cat tar bash sleep; do command -v $name || echo no; done")
    expect(found.split("\n").map((line) => line.replace(/^.*\//, ""))).toEqual(["cat", "no", "no", "sleep", ""])
  })

  it.each([{}, { without: ["uname"] }, { only: ["sh", "factor"] }])(
    "has programs of its own, besides and instead of this computer's: %o",
    async (others) => {
      const programs = { "nvidia-smi": "#!/bin/sh\necho 8 GPUs\n", factor: '#!/bin/sh\necho "prime $1"\n' }
      await using machine = await SshMachine.start({ isolation, programs, ...others })
      expect(await output(machine, "nvidia-smi; factor 6")).toBe("8 GPUs\nprime 6\n")
      expect(spawnSync("factor", ["6"], { encoding: "utf8" }).stdout).toBe("6: 2 3\n")
    }
  )

  it("has a clock that is wrong, and right about other times", async () => {
    await using machine = await SshMachine.start({ isolation, clockOffset: -86_400 })
    const [now, year, epoch] = (await output(machine, "date +%s; date -u +%Y; date -u -d @0 +%s")).split("\n")
    const behind = Math.round(Date.now() / 1000) - 86_400 - Number(now)
    expect(Math.abs(behind)).toBeLessThan(20)
    expect({ year, epoch }).toEqual({ year: String(new Date(Date.now() - 86_400_000).getUTCFullYear()), epoch: "0" })
  })

  const noDash = SshMachine.missingProgram("dash")
  it.skipIf(noDash !== undefined)(`greets, in another login shell${SshMachine.note(noDash)}`, async () => {
    await using machine = await SshMachine.start({ isolation, loginShell: "dash", greeting: "It's me" })
    const { code, stdout } = await ssh(machine, "echo $HOME $0 $SHELL; exit 3")
    expect({ code, stdout }).toEqual({
      code: 3,
      stdout: expect.stringMatching(`^It's me\n${machine.home} \\S+/dash \\S+/dash\n$`)
    })
  })

  it("serves files over SFTP from its home", async () => {
    await using machine = await SshMachine.start({ isolation })
    writeFileSync(join(machine.pathOf(machine.home), "here"), "")
    const sftp = spawnSync("sftp", ["-b", "-", ...(await machine.sshArguments())], {
      input: "pwd\nls\n",
      encoding: "utf8"
    })
    expect(sftp.stdout).toContain(`Remote working directory: ${machine.home}\n`)
    expect(sftp.stdout).toContain("here")
  })

  it("keeps its home and its host key when it is switched off, and nothing that ran", async () => {
    await using machine = await SshMachine.start({ isolation })
    const before = machine.knownHosts
    await output(
      machine,
      "echo kept > file; setsid sh -c 'while :; do date > beat; sleep 0.05; done' >/dev/null 2>&1 &"
    )
    await machine.powerOff()
    expect(await ssh(machine, "true")).toMatchObject({ code: 255 })
    await machine.boot()
    expect(machine.knownHosts).toBe(before)
    const script = "cat file; cp beat old; sleep 0.3; cmp beat old && echo still"
    expect(await output(machine, script)).toBe("kept\nstill\n")
  })
})

describe.skipIf(!hasSsh)(`a machine over SSH with no walls but its home${whyNoSsh}`, () => {
  it("says what it cannot do", async () => {
    await expect(SshMachine.start({ diskBytes: 1e6 })).rejects.toThrow('needs isolation: "namespace"')
    await expect(SshMachine.start({ hidden: ["/proc/uptime"] })).rejects.toThrow('needs isolation: "namespace"')
  })

  it.skipIf(isRoot)("has a home that cannot be written to (root may write anywhere)", async () => {
    await using machine = await SshMachine.start({ readOnlyHome: true })
    expect((await ssh(machine, "echo > file")).code).not.toBe(0)
  })
})

describe.skipIf(!hasSsh || noNamespace !== undefined)(
  `a machine over SSH with namespaces${whyNoSsh}${SshMachine.note(noNamespace)}`,
  () => {
    const isolation = "namespace"

    it("sees its own processes only", async () => {
      await using machine = await SshMachine.start({ isolation })
      const seen = Number(await output(machine, "ls /proc | grep -c '^[0-9]*$'"))
      expect(seen).toBeLessThan(12)
    })

    it("has its own /tmp, /var/tmp and home, which this computer finds", async () => {
      await using one = await SshMachine.start({ isolation })
      await using two = await SshMachine.start({ isolation })
      await output(one, "echo one | tee ~/mine /tmp/mine > /var/tmp/mine")
      expect(await output(two, "ls ~ /tmp /var/tmp | grep mine")).toBe("")
      for (const folder of [one.home, "/tmp", "/var/tmp"]) {
        expect(readFileSync(one.pathOf(`${folder}/mine`), "utf8")).toBe("one\n")
        expect(existsSync(`${folder}/mine`)).toBe(false)
      }
    })

    it("has its login's home, whatever HOME is where it is started", async () => {
      const before = process.env["HOME"]
      try {
        process.env["HOME"] = "/usr/share"
        await using machine = await SshMachine.start({ isolation })
        expect(await output(machine, "pwd; echo kept > file; cat ~/file")).toBe(`${machine.home}\nkept\n`)
        expect(machine.home).toBe(userInfo().homedir)
      } finally {
        process.env["HOME"] = before
      }
    })

    it("is a new boot after it was switched off: /tmp is empty, the uptime short, the boot id another", async () => {
      await using machine = await SshMachine.start({ isolation })
      const script = "touch /tmp/gone /var/tmp/kept; cat /proc/sys/kernel/random/boot_id"
      const before = await output(machine, script)
      await machine.restart()
      expect(await output(machine, script)).toBe(before)
      await machine.powerOff()
      await machine.boot()
      const after = await output(machine, "cat /proc/sys/kernel/random/boot_id; ls /tmp; ls /var/tmp; cat /proc/uptime")
      const [id, kept, uptime = ""] = after.split("\n")
      expect(`${id}\n`).not.toBe(before)
      expect(kept).toBe("kept")
      expect(Number(uptime.split(" ")[0])).toBeLessThan(20)
    })

    it("goes on with what runs when only its sshd is started again", async () => {
      await using machine = await SshMachine.start({ isolation })
      const pid = await output(machine, "setsid sleep 300 >/dev/null 2>&1 </dev/null & echo $!")
      await machine.restart()
      expect(await output(machine, `kill -0 ${pid.trim()} && echo alive`)).toBe("alive\n")
    })

    it("has a home that not even root can write to", async () => {
      await using machine = await SshMachine.start({ isolation, readOnlyHome: true })
      const { code, stderr } = await ssh(machine, "echo > file")
      expect(code).not.toBe(0)
      expect(stderr).toContain("Read-only file system")
    })

    it("has a small disk", async () => {
      await using machine = await SshMachine.start({ isolation, diskBytes: 1_000_000 })
      const { stderr } = await ssh(machine, "head -c 2000000 /dev/zero > big")
      expect(stderr).toContain("No space left on device")
    })

    it("hides files and folders", async () => {
      await using machine = await SshMachine.start({ isolation, hidden: ["/proc/uptime", "/etc/ssh"] })
      expect(await output(machine, "cat /proc/uptime; ls /etc/ssh")).toBe("")
    })

    it("leaves no process and no mount behind", async () => {
      const machine = await SshMachine.start({ isolation })
      await output(machine, "setsid env -i sleep 300 >/dev/null 2>&1 </dev/null &")
      await machine.close()
      expect(existsSync(machine.folder)).toBe(false)
      expect(readFileSync("/proc/mounts", "utf8")).not.toContain("/run/machine")
    })
  }
)
