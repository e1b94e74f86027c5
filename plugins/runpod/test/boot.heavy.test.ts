import type { ResourceId } from "@runctl/core/Resource"
import { parts } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Emulator from "@runctl/testkit/Emulator"
import * as SshMachine from "@runctl/testkit/SshMachine"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { writeFileSync } from "node:fs"
import { assert, describe, it, vi } from "vitest"
import { requestOf, type User, user } from "./booted.ts"
import { type Cloud, using } from "./rented.ts"

const why = Emulator.missingMachines()
const patiently = { timeout: 30_000, interval: 100 }

/** What a command on a pod prints, reached as anybody would: with the host key that it must show. */
const on = async (
  provider: AnyTrainingProvider,
  id: ResourceId,
  { host, login }: User,
  command: string
): Promise<string> => {
  const resource = await Effect.runPromise(provider.getResource(id))
  const endpoint = await Effect.runPromise(provider.endpoint(resource))
  if (endpoint._tag !== "Ssh") return assert.fail("it is reached otherwise")
  const known = `${login.file}.known`
  writeFileSync(known, `pod ${host.publicKey}\n`)
  const options = ["BatchMode=yes", "HostKeyAlias=pod", `UserKnownHostsFile=${known}`, "StrictHostKeyChecking=yes"]
  const args = ["-F", "none", "-i", login.file, ...options.flatMap((each) => ["-o", each]), "-p", String(endpoint.port)]
  return new Promise((resolve, reject) => {
    execFile("ssh", [...args, `${endpoint.user}@${endpoint.host}`, command], (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${command}: ${stderr}`))
    )
  })
}

const reachable = async (provider: AnyTrainingProvider, id: ResourceId, me: User): Promise<void> => {
  await vi.waitFor(() => on(provider, id, me, "true"), patiently)
}

const gone = (cloud: Cloud) => vi.waitFor(() => assert.deepStrictEqual([...cloud.billing()], []), patiently)

const rented = (
  use: (provider: AnyTrainingProvider, id: ResourceId, me: User, cloud: Cloud) => Promise<void>,
  options: Emulator.RunPodOptions = {}
) =>
  Effect.runPromise(
    using(
      (provider, cloud) =>
        Effect.promise(async () => {
          using me = await user()
          const { id } = await Effect.runPromise(provider.createResource(requestOf(provider, me)))
          await reachable(provider, id, me)
          await use(provider, id, me, cloud)
        }),
      { machines: "ssh", sshPort: 2022, timeScale: 1, startMillis: undefined, ...options }
    )
  )

describe.skipIf(why !== undefined)(`a pod that is told what to do at boot${SshMachine.note(why)}`, () => {
  it("shows the one key we know, is at home on its volume, arms its clocks, and has the image's PATH", () =>
    rented(async (provider, id, me) => {
      const said = await on(
        provider,
        id,
        me,
        "echo $HOME; cat ~/.runctl/clocks/end-action | head -n 1; command -v nvidia-smi"
      )
      assert.match(said, /^\/workspace\/\.runctl-root\nof\(\) \{.*\n\/.*nvidia-smi\n$/)
      const status = await on(provider, id, me, "sh ~/.runctl/clocks-*.sh status")
      assert.deepInclude(JSON.parse(status), { armed: true, ending: null, keeper: true })
      const keys = await on(
        provider,
        id,
        me,
        "ls /etc/ssh/ssh_host_*; env | grep -c '^RUNPOD_API_KEY\\|^RUNCTL_BOOTSTRAP' || :"
      )
      assert.deepStrictEqual(keys.trim().split("\n"), [
        "/etc/ssh/ssh_host_ed25519_key",
        "/etc/ssh/ssh_host_ed25519_key.pub",
        "0"
      ])
    }))

  it("has its files, its clocks and its host key again after a stop, also when all else was wiped", () =>
    rented(async (provider, id, me, cloud) => {
      await on(provider, id, me, "echo mine > file")
      // What a stop does to a container's disk, as the image had it; the volume stays.
      const wipe = [
        "rm /etc/ssh && mv /etc/ssh.image /etc/ssh && rm -f /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d/*",
        "rm -rf /var/lib/runctl-host-key /root/.ssh",
        "sed 's#/workspace/.runctl-root#/root#' /etc/passwd > /tmp/passwd && cat /tmp/passwd > /etc/passwd"
      ]
      await on(provider, id, me, wipe.join(" && "))
      const stopped = await Effect.runPromise(provider.stopResource(id))
      assert.strictEqual(stopped.state._tag, "Stopped")
      await vi.waitFor(() => assert.isFalse(cloud.machine(parts(id).nativeId)?.isOn), patiently)
      await Effect.runPromise(provider.startResource(id))
      await reachable(provider, id, me)
      assert.strictEqual(await on(provider, id, me, "cat file"), "mine\n")
      assert.deepInclude(JSON.parse(await on(provider, id, me, "sh ~/.runctl/clocks-*.sh status")), { keeper: true })
    }))

  it.each([true, false])("ends itself, and its billing, with its own key; by REST: %s", (podKeysByRest) =>
    rented(
      async (provider, id, me, cloud) => {
        const end = "--deadline $(date +%s) --left 0"
        await on(provider, id, me, `sh ~/.runctl/clocks-*.sh extend ${end}`)
        await gone(cloud)
        const last = cloud.requests.findLast(({ method }) => method !== "GET")
        assert.strictEqual(last?.path, podKeysByRest ? `/v2/pods/${parts(id).nativeId}` : "/graphql")
      },
      { podKeysByRest }
    )
  )
})
