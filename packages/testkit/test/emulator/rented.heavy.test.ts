import { createHash } from "node:crypto"
import { existsSync, readdirSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { describe, expect, it } from "vitest"
import * as Emulator from "../../src/Emulator.ts"
import * as SshMachine from "../../src/SshMachine.ts"
import { call, cpu, gpu, start } from "./client.ts"
import { becomes, login, machines, pinned, rented, user, why } from "./rented.ts"
import { patiently, run } from "./run.ts"

/** Whether an sshd is there. */
const answers = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(machines.sshPort, address)
    socket.once("data", () => resolve(true)).once("error", () => resolve(false))
    socket.once("close", () => resolve(false))
    socket.once("data", () => socket.destroy())
  })

const missing = why ?? (Emulator.hasCloudInit() ? undefined : "there is no cloud-init here")

describe.skipIf(missing !== undefined)(`a rented machine with cloud-init itself${SshMachine.note(missing)}`, () => {
  it("carries out the same user data to the same effect as the interpreter", async () => {
    const seen: Array<string> = []
    for (const userData of ["cloud-init", "interpreter"] as const) {
      await using me = await user()
      await using cloud = await start({ ...machines, userData })
      const hostKey = me.host.publicKey
      const id = await rented(cloud, me, { user_data: pinned(me) })
      await cloud.machine(id)?.userDataDone
      const command =
        "ls /etc/ssh/ssh_host_*; stat -c '%n %a %U' /etc/ssh/ssh_host_*_key /opt/runctl/file; cat /root/argv /opt/runctl/file /root/ran; wc -l < /root/boots; getent passwd trainer | cut -d: -f6,7; stat -c '%a %U' /home/trainer/.ssh/authorized_keys"
      seen.push((await login(cloud, id, me, command, { hostKey })).stdout)
      expect((await login(cloud, id, me, "whoami", { hostKey, name: "trainer" })).stdout).toBe("trainer\n")
      expect(cloud.violations).toEqual([])
    }
    expect(seen[0]).toBe(seen[1])
    expect(seen[0]).toMatch(/^1$/m)
  })

  it("runs early commands at every boot, and the others once", async () => {
    await using me = await user()
    await using cloud = await start({ ...machines, userData: "cloud-init" })
    const hostKey = me.host.publicKey
    const id = await rented(cloud, me, { user_data: pinned(me) })
    expect((await login(cloud, id, me, "cloud-init status --wait", { hostKey })).stdout.trim()).toMatch(/status: done$/)
    const action = (await call(cloud, "POST", `/v2/droplets/${id}/actions`, { type: "reboot" })).body.action
    await expect
      .poll(async () => (await call(cloud, "GET", `/v2/actions/${action.id}`)).body.action.status, { timeout: 20_000 })
      .toBe("completed")
    await becomes(cloud, id, "active")
    await cloud.machine(id)?.userDataDone
    const seen = await login(cloud, id, me, "wc -l < /root/boots; wc -l < /root/ran", { hostKey })
    expect(seen.stdout).toBe("2\n1\n")
  })

  it("has the exact bytes of it", async () => {
    await using me = await user()
    await using cloud = await start({ ...machines, userData: "cloud-init" })
    const hostKey = me.host.publicKey
    const sent = `${pinned(me)}# é $HOME 'quoted' \\ \t \n\n`
    const id = await rented(cloud, me, { user_data: sent })
    await cloud.machine(id)?.userDataDone
    const seen = await login(cloud, id, me, "sha256sum < /var/lib/cloud/instance/user-data.txt", { hostKey })
    expect(seen.stdout.split(" ")[0]).toBe(createHash("sha256").update(sent).digest("hex"))
  })

  it("says what cloud-init could not do", async () => {
    await using me = await user()
    await using cloud = await start({ ...machines, userData: "cloud-init" })
    const id = await rented(cloud, me, { user_data: "#cloud-config\nruncmd: nonsense\n" })
    await cloud.machine(id)?.userDataDone
    expect(cloud.violations).toMatchObject([{ by: "userData" }])
  })
})

describe.skipIf(why !== undefined)(`a rented machine${SshMachine.note(why)}`, () => {
  it("has a key of its own where the user data brings none, and is let into with a registered key", async () => {
    await using me = await user()
    await using cloud = await start({ ...machines, userData: "interpreter" })
    const id = await rented(cloud, me, { ...gpu, user_data: "#!/bin/sh\necho $0 > /root/script\n" })
    const machine = cloud.machine(id)
    await machine?.userDataDone
    const command =
      "nvidia-smi -L | wc -l; nvidia-smi -q | grep -c '^GPU 00000000:0[1-8]:00.0$'; nvidia-smi --query-gpu=name,memory.total --format=csv,noheader -i 7; test -s /root/script"
    const seen = await login(cloud, id, me, command, { hostKey: (await machine?.hostKey()) ?? "" })
    expect(seen).toMatchObject({ code: 0, stdout: "8\n8\nNVIDIA H100, 81920 MiB\n" })
  })

  it.each(["SIGINT", "SIGKILL"] as const)("ends with the program that has rented it, also by %s", async (signal) => {
    await using program = run("emulate", "digitalocean", "--json", "--machines", "ssh", "--ssh-port", "2022")
    await expect.poll(program.said, patiently).toMatch(/\n$/)
    const { state, token, url } = JSON.parse(program.said())
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
    const body = JSON.stringify({ name: "one", ...cpu })
    await fetch(`${url}/v2/droplets`, { method: "POST", headers, body })
    const shown = async () => JSON.parse(await (await fetch(state)).text()).machines[0]
    await expect.poll(async () => (await shown()).status, patiently).toBe("active")
    const { publicIp } = await shown()
    expect(await answers(publicIp)).toBe(true)
    program.kill(signal)
    await program.exit
    await expect.poll(() => answers(publicIp), patiently).toBe(false)
    await using me = await user()
    await using cloud = await start({ ...machines, userData: "interpreter" })
    await rented(cloud, me, {})
    const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(`runctl-rented-${program.pid}-`))
    expect(folders).toEqual([])
  })

  it("cannot do to this computer what it may do to itself", async () => {
    await using me = await user()
    await using cloud = await start({ ...machines, userData: "interpreter" })
    const hostKey = me.host.publicKey
    const id = await rented(cloud, me, { user_data: pinned(me) })
    // Nothing here would do harm if it could be done.
    const command = [
      "[ ! -e /proc/sysrq-trigger ] || grep -q ' /proc/sysrq-trigger ' /proc/self/mountinfo && echo sysrq",
      'date -s "@$(date +%s)" > /dev/null 2>&1 || echo time',
      "{ cat /proc/sys/vm/swappiness > /proc/sys/vm/swappiness; } 2> /dev/null || echo settings",
      "touch /usr/bin/runctl-mine /etc/runctl-mine && echo files"
    ]
    const seen = await login(cloud, id, me, command.join("; "), { hostKey })
    expect(seen.stdout).toBe("sysrq\ntime\nsettings\nfiles\n")
    expect([existsSync("/usr/bin/runctl-mine"), existsSync("/etc/runctl-mine")]).toEqual([false, false])
  })

  it("keeps its disk and loses its processes when it was off, which it may do by itself", async () => {
    await using me = await user()
    await using cloud = await start({ ...machines, userData: "interpreter" })
    const hostKey = me.host.publicKey
    const id = await rented(cloud, me, { user_data: pinned(me) })
    await login(cloud, id, me, "sleep 1000 > /dev/null 2>&1 & echo kept > /etc/kept; poweroff", { hostKey })
    await becomes(cloud, id, "off")
    expect((await login(cloud, id, me, "true", { hostKey })).code).toBe(255)
    expect(cloud.billing()).toHaveLength(1)
    await call(cloud, "POST", `/v2/droplets/${id}/actions`, { type: "power_on" })
    await becomes(cloud, id, "active")
    const seen = await login(cloud, id, me, "cat /etc/kept; pgrep -c sleep; wc -l < /root/boots; wc -l < /root/ran", {
      hostKey
    })
    expect(seen.stdout.split("\n").map((line) => line.trim())).toEqual(["kept", "0", "2", "1", ""])
    const folder = cloud.machine(id)?.folder ?? ""
    await call(cloud, "DELETE", `/v2/droplets/${id}`)
    await expect.poll(() => existsSync(folder), { timeout: 20_000 }).toBe(false)
  })
})
