import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import * as SshMachine from "../src/SshMachine.ts"
import { hasSsh, program, ssh, whyNoSsh } from "./openssh.ts"

/** A session that stays, known to be there. */
const staying = async (machine: SshMachine.SshMachine): Promise<ChildProcess> => {
  const child = spawn(program, [...(await machine.sshArguments()), "echo here; exec sleep 60"], { stdio: "pipe" })
  await once(child.stdout, "data")
  return child
}

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await sleep(5)
}

describe.skipIf(!hasSsh)(`a machine over SSH${whyNoSsh}`, () => {
  it("runs a command in a home of its own", async () => {
    await using machine = await SshMachine.start()
    const { code, stdout } = await ssh(machine, 'pwd; echo "$HOME"; exit 7')
    expect({ code, stdout }).toEqual({ code: 7, stdout: `${machine.home}\n${machine.home}\n` })
  })

  it("is at home there for the login's own shell too, which reads its files before anything else", async () => {
    await using machine = await SshMachine.start({ config: ['ForceCommand echo "$HOME"'] })
    expect((await ssh(machine, "true")).stdout).toBe(`${machine.home}\n`)
  })

  it("is one of several, which share nothing", async () => {
    const machines = await Promise.all([1, 2, 3].map(() => SshMachine.start()))
    await Promise.all(machines.map((machine, index) => ssh(machine, `echo ${index} > mine`)))
    expect(machines.map(({ home }) => readFileSync(`${home}/mine`, "utf8"))).toEqual(["0\n", "1\n", "2\n"])
    expect(new Set(machines.map(({ hostKeys }) => hostKeys[0])).size).toBe(3)
    await Promise.all(machines.map((machine) => machine.close()))
    expect(machines.filter(({ folder }) => existsSync(folder))).toEqual([])
  })

  it("leaves no process behind when it is closed", async () => {
    const machine = await SshMachine.start()
    const { stdout } = await ssh(machine, "setsid sleep 300 >/dev/null 2>&1 </dev/null & echo $!")
    expect(alive(Number(stdout))).toBe(true)
    await machine.close()
    await until(() => !alive(Number(stdout)))
  })

  it.each<SshMachine.KeyOptions>([
    { type: "ed25519" },
    { type: "ecdsa" },
    { type: "ecdsa", format: "pem" },
    { type: "rsa", bits: 2048 },
    { type: "rsa", format: "pem", bits: 2048 }
  ])("lets a client key in: %o", async (clientKey) => {
    await using machine = await SshMachine.start({ clientKey })
    const isPem = readFileSync(machine.clientKey.file, "utf8").match(/^-----BEGIN (RSA|EC) PRIVATE KEY/) !== null
    expect(isPem).toBe(clientKey.format === "pem")
    expect(await ssh(machine, "true")).toMatchObject({ code: 0 })
  })

  it("has a client key that is locked with a passphrase", async () => {
    await using machine = await SshMachine.start({ clientKey: { passphrase: "open it" } })
    expect(await ssh(machine, "true")).toMatchObject({ code: 255 })
    const ask = join(machine.folder, "ask")
    writeFileSync(ask, "#!/bin/sh\necho 'open it'\n", { mode: 0o700 })
    const asking = { SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: "force" }
    expect(await ssh(machine, "true", ["-o", "BatchMode=no"], asking)).toMatchObject({ code: 0 })
  })

  it("lets in whom it was told, and nobody else", async () => {
    await using other = await SshMachine.start()
    await using machine = await SshMachine.start({ authorizedKeys: [other.clientKey.publicKey] })
    expect(await ssh(machine, "true", ["-i", other.clientKey.file])).toMatchObject({ code: 0 })
    await machine.setAuthorizedKeys([])
    expect(await ssh(machine, "true")).toMatchObject({
      code: 255,
      stderr: expect.stringContaining("Permission denied")
    })
  })

  it("shows every kind of host key that was asked for", async () => {
    await using machine = await SshMachine.start({ hostKeys: ["ecdsa", "ed25519", "rsa"] })
    const kinds = machine.knownHosts
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[1])
    expect(kinds).toEqual(["ecdsa-sha2-nistp256", "ssh-ed25519", "ssh-rsa"])
    for (const kind of ["ecdsa-sha2-nistp256", "ssh-ed25519", "rsa-sha2-512"]) {
      expect(await ssh(machine, "true", ["-o", `HostKeyAlgorithms=${kind}`])).toMatchObject({ code: 0 })
    }
  })

  it("is somebody else after its host key has changed", async () => {
    await using machine = await SshMachine.start()
    const before = machine.knownHosts
    await machine.changeHostKey()
    expect(machine.knownHosts).not.toBe(before)
    expect(await ssh(machine, "true")).toMatchObject({ code: 0 })
    const old = join(machine.folder, "old")
    writeFileSync(old, before)
    const outcome = await ssh(machine, "true", ["-o", `UserKnownHostsFile=${old}`])
    expect(outcome).toMatchObject({ code: 255, stderr: expect.stringContaining("HOST IDENTIFICATION HAS CHANGED") })
    expect(outcome.stderr).toContain(SshMachine.fingerprint(machine.hostKeys[0] ?? ""))
  })

  it("is the same on the same port after a restart", async () => {
    await using machine = await SshMachine.start()
    const before = machine.knownHosts
    await machine.stop()
    expect(await ssh(machine, "true")).toMatchObject({ code: 255, stderr: expect.stringContaining("refused") })
    await machine.boot()
    expect(machine.knownHosts).toBe(before)
    expect(await ssh(machine, "true")).toMatchObject({ code: 0 })
  })

  it.skipIf(process.platform !== "linux")("counts its connections, and ends them (on Linux)", async () => {
    await using machine = await SshMachine.start()
    expect(machine.connections()).toBe(0)
    const sessions = await Promise.all([staying(machine), staying(machine)])
    expect(machine.connections()).toBe(2)
    const ended = Promise.all(sessions.map((child) => once(child, "exit")))
    expect(machine.killConnections()).toBeGreaterThanOrEqual(2)
    expect(await ended).toEqual([
      [255, null],
      [255, null]
    ])
    await until(() => machine.connections() === 0)
    expect(await ssh(machine, "true")).toMatchObject({ code: 0 })
  })

  it("lets in all of many that come at once", async () => {
    await using machine = await SshMachine.start()
    const codes = (await Promise.all(Array.from({ length: 24 }, () => ssh(machine, "true")))).map(({ code }) => code)
    expect(codes).toEqual(codes.map(() => 0))
  })

  it("is configured as the test says, within a Match as well", async () => {
    await using machine = await SshMachine.start({
      config: ["Banner /etc/hostname", "PermitTTY no", "Match all", "ForceCommand echo forced"]
    })
    const { stderr, stdout } = await ssh(machine, "echo asked")
    expect(stdout).toBe("forced\n")
    expect(stderr).toContain(readFileSync("/etc/hostname", "utf8").trim())
    expect((await ssh(machine, "true", ["-tt"])).stderr).toContain("PTY allocation request failed")
  })

  it("says what is wrong with its configuration", async () => {
    await expect(SshMachine.start({ config: ["MaxSessionz 1"] })).rejects.toThrow(/MaxSessionz/)
  })

  it("writes a log", async () => {
    await using machine = await SshMachine.start()
    await ssh(machine, "true")
    expect(await machine.log()).toContain(`Accepted publickey for ${machine.user}`)
  })

  for (const loginShell of ["dash", "bash", "fish", "tcsh", "zsh"]) {
    const missing = SshMachine.missingProgram(loginShell)
    it.skipIf(missing !== undefined)(
      `greets, then runs commands in ${loginShell}${SshMachine.note(missing)}`,
      async () => {
        await using machine = await SshMachine.start({ loginShell, greeting: "Welcome!" })
        const { code, stdout } = await ssh(machine, "echo $HOME; exit 3")
        expect(code).toBe(3)
        expect(stdout).toContain(`Welcome!\n${machine.home}\n`)
      }
    )
  }
})
