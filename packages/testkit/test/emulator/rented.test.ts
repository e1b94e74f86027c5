import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { describe, expect, it } from "vitest"
import * as SshMachine from "../../src/SshMachine.ts"
import { start } from "./client.ts"
import { login, machines, pinned, rented, user, why } from "./rented.ts"

const options = { ...machines, userData: "interpreter" } as const

describe.skipIf(why !== undefined)(`a rented machine${SshMachine.note(why)}`, () => {
  it("shows the host key of its user data, and lets in who it says", async () => {
    await using me = await user()
    await using cloud = await start(options)
    const id = await rented(cloud, me, { user_data: pinned(me) })
    const hostKey = me.host.publicKey
    expect((await login(cloud, id, me, "cloud-init status --wait", { hostKey })).stdout).toBe("status: done\n")
    expect(await cloud.machine(id)?.hostKey()).toBe(hostKey)
    const seen = await login(cloud, id, me, "hostname; cat /root/argv /root/ran; stat -c %a /opt/runctl/file; id -u", {
      hostKey
    })
    expect(seen).toMatchObject({ code: 0, stdout: "rented-one\nit's a b\nran\n600\n0\n" })
    const trainer = await login(cloud, id, me, "whoami; pwd", { hostKey, name: "trainer" })
    expect(trainer.stdout).toBe("trainer\n/home/trainer\n")
    expect(await login(cloud, id, me, "true", { hostKey: me.login.publicKey })).toMatchObject({ code: 255 })
    expect(existsSync("/opt/runctl/file")).toBe(false)
    expect(await readFile("/etc/passwd", "utf8")).not.toMatch(/^trainer:/m)
    expect(cloud.violations).toEqual([])
  })
})
