import { execFileSync, spawnSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import * as SshMachine from "../src/SshMachine.ts"
import { hasSsh, ssh, whyNoSsh } from "./openssh.ts"

const namespace = `rctest${process.pid}`
const [here, there] = [`rt${process.pid}a`, `rt${process.pid}b`]
// Nobody else's who runs this at the same time, or was killed before.
const net = `10.${64 + (process.pid % 128)}.${Math.floor(process.pid / 128) % 256}`
const address = `${net}.2`

/** A network namespace at the other end of a link, for the length of a test. */
const linked = (): Disposable => {
  const undo = () => spawnSync("sh", ["-c", `ip link del ${here}; ip netns del ${namespace}`])
  try {
    execFileSync("sh", [
      "-ec",
      `ip netns add ${namespace}
ip link add ${here} type veth peer name ${there} netns ${namespace}
ip addr add ${net}.1/30 dev ${here}
ip link set ${here} up
ip -n ${namespace} addr add ${address}/30 dev ${there}
ip -n ${namespace} link set ${there} up`
    ])
    return { [Symbol.dispose]: () => void undo() }
  } catch (error) {
    undo()
    throw error
  }
}

const probe = (): string | undefined => {
  try {
    using _ = linked()
    return undefined
  } catch {
    return "no network of its own can be made here"
  }
}

const missing = hasSsh ? probe() : undefined
const isolations: ReadonlyArray<SshMachine.Isolation> =
  SshMachine.missingFor("namespace") === undefined ? ["home", "namespace"] : ["home"]

describe.skipIf(!hasSsh || missing !== undefined).each(isolations)(
  `a machine over SSH in a network of its own, with isolation %s${whyNoSsh}${SshMachine.note(missing)}`,
  (isolation) => {
    it("is reached at its address there, also after it was off, and counts its connections", async () => {
      using _ = linked()
      await using machine = await SshMachine.start({ isolation, network: { namespace, address } })
      expect(machine.host).toBe(address)
      const seen = await ssh(machine, `echo "$SSH_CONNECTION"`)
      expect(seen.stdout).toMatch(new RegExp(`^${net.replaceAll(".", "\\.")}\\.1 \\d+ ${address} ${machine.port}\\n$`))
      const session = ssh(machine, "sleep 0.5")
      await expect.poll(() => machine.connections()).toBe(1)
      expect(await session).toMatchObject({ code: 0 })
      await machine.powerOff()
      expect(machine.connections()).toBe(0)
      await machine.boot()
      expect(await ssh(machine, "true")).toMatchObject({ code: 0 })
    })
  }
)
