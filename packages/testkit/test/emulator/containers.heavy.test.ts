import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type * as Emulator from "../../src/Emulator.ts"
import * as SshMachine from "../../src/SshMachine.ts"
import { ask, type Options, serve } from "./Harbor.ts"
import { type User, user, why } from "./rented.ts"
import { patiently } from "./run.ts"

type Container = Extract<Emulator.MachineDescription["boot"], { readonly kind: "container" }>

const container = (more: Partial<Container>): Container => ({
  kind: "container",
  command: ["sh", "-c", "sleep 1000"],
  environment: {},
  sshd: "always",
  ...more
})

const served = (machine: Options["machine"]) =>
  serve({ machines: "ssh", sshPort: 2022, ...(machine === undefined ? {} : { machine }) })

/** The output of a command on the machine, or how ssh has failed. */
const login = (cloud: Emulator.Emulated, id: string, { login: { file } }: User, command: string): Promise<string> => {
  const machine = cloud.machine(id)
  const settings = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"]
  const options = [...settings, `Port=${machine?.port}`].flatMap((each) => ["-o", each])
  return new Promise((resolve) => {
    const args = ["-F", "none", "-i", file, ...options, `root@${machine?.address}`, command]
    const child = execFile("ssh", args, (error, stdout) => resolve(error === null ? stdout : `failed: ${error.code}`))
    child.stdin?.end()
  })
}

const create = async (cloud: Emulator.Emulated, name: string): Promise<string> => {
  const [, id] = await ask(cloud, "POST", "/pods", { name })
  await expect.poll(() => cloud.machines().find((each) => each.id === id)?.status, patiently).toBe("active")
  return id
}

describe.skipIf(why !== undefined)(`a rented container${SshMachine.note(why)}`, () => {
  it("shares its address, has its own port, root and environment, and starts sshd itself", async () => {
    await using me = await user()
    const boot = container({
      command: ["sh", "-c", "mkdir -p /workspace && echo made > /workspace/file; exec /start.sh"],
      environment: { PUBLIC_KEY: me.login.publicKey, POD: "it's $1" },
      sshd: { startedBy: "/start.sh" }
    })
    await using cloud = await served(() => ({ boot }))
    const [one, two] = [await create(cloud, "one"), await create(cloud, "two")]
    for (const id of [one, two]) await expect.poll(() => cloud.machine(id)?.isListening, patiently).toBe(true)
    const seen = await login(
      cloud,
      one,
      me,
      "hostname; cat /workspace/file; tr '\\0' '\\n' < /proc/1/environ | grep POD"
    )
    expect(seen).toBe("one\nmade\nPOD=it's $1\n")
    expect(await login(cloud, two, me, "hostname")).toBe("two\n")
    expect(cloud.machine(one)?.address).toBe(cloud.machine(two)?.address)
    expect([existsSync("/workspace/file"), existsSync("/start.sh")]).toEqual([false, false])
    expect(cloud.violations).toEqual([])
  })

  it("never listens where its command starts no sshd", async () => {
    await using me = await user()
    const boot = container({ sshd: { startedBy: "/start.sh" } })
    await using cloud = await served(() => ({ boot, publicKeys: [me.login.publicKey] }))
    const id = await create(cloud, "silent")
    expect(cloud.machine(id)).toMatchObject({ isOn: true, isListening: false })
    expect(await login(cloud, id, me, "true")).toBe("failed: 255")
  })

  it("lets in with the given keys, and ends itself by a call with a key of its own", async () => {
    await using me = await user()
    await using cloud = await served(({ id, key, origin }) => ({
      publicKeys: [me.login.publicKey],
      boot: container({ environment: { SELF: `${origin}/pods/${id}`, KEY: key } })
    }))
    const [one, two] = [await create(cloud, "one"), await create(cloud, "two")]
    const folder = cloud.machine(one)?.folder ?? ""
    const [status] = await ask(cloud, "DELETE", `/pods/${two}`, undefined, "key-1")
    expect(status).toBe(401)
    const end = `export $(tr '\\0' '\\n' < /proc/1/environ | grep -E '^(SELF|KEY)='); curl -s -X DELETE -H "x-key: $KEY" "$SELF"`
    await login(cloud, one, me, end)
    await expect.poll(() => existsSync(folder), patiently).toBe(false)
    expect(cloud.billing().map(({ id }) => id)).toEqual([two])
  })

  it("has ended when its command has, and is gone at once when it is taken away", async () => {
    await using me = await user()
    await using cloud = await served(() => ({
      publicKeys: [me.login.publicKey],
      boot: container({ command: ["sh", "-c", "while [ ! -e /tmp/end ]; do sleep 0.05; done"] })
    }))
    const [one, two] = [await create(cloud, "one"), await create(cloud, "two")]
    expect(await login(cloud, one, me, "poweroff || echo cannot")).toBe("cannot\n")
    await login(cloud, one, me, "touch /tmp/end")
    await expect.poll(() => cloud.billing().map(({ id }) => id), patiently).toEqual([two])
    cloud.preempt(two)
    await expect.poll(() => cloud.machines()[1]?.status, patiently).toBe("off")
    expect(cloud.machine(two)).toMatchObject({ isOn: false, isListening: false })
    await ask(cloud, "POST", `/pods/${two}/start`)
    await expect.poll(() => cloud.machines()[1]?.status, patiently).toBe("active")
    expect(await login(cloud, two, me, "hostname")).toBe("two\n")
  })
})

describe.skipIf(why !== undefined)(`a rented machine with a start-up script${SshMachine.note(why)}`, () => {
  it.each([true, false])("runs it on every boot: %s", async (everyBoot) => {
    await using me = await user()
    await using cloud = await served(() => ({
      publicKeys: [me.login.publicKey],
      boot: { kind: "script", text: "#!/bin/bash\necho $BASH_VERSION | grep -c . >> /root/ran\n", everyBoot }
    }))
    const id = await create(cloud, "scripted")
    for (const verb of ["stop", "start"]) {
      await ask(cloud, "POST", `/pods/${id}/${verb}`)
      const wanted = verb === "stop" ? "off" : "active"
      await expect.poll(() => cloud.machines()[0]?.status, patiently).toBe(wanted)
    }
    await cloud.machine(id)?.userDataDone
    expect(await login(cloud, id, me, "cat /root/ran")).toBe(everyBoot ? "1\n1\n" : "1\n")
  })
})
