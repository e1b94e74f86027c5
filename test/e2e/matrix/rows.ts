import { SshMachine } from "@runctl/testkit/SshMachine"
import * as Emulator from "@runctl/testkit/Emulator"
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, onTestFinished } from "vitest"
import type { Box } from "../../harness/Box.ts"
import { configure, FakeCloud } from "../../harness/fakeClouds.ts"
import { withoutMachines } from "../../harness/withoutSshd.ts"

/** What a provider has to be looked at with, beside the command line. */
export interface Rented {
  /** What is still there, or costs something. */
  readonly left: () => ReadonlyArray<string>
  /** Takes a machine back, by the provider's own name of it; where that happens. */
  readonly preempt?: (nativeId: string) => void
  /** What a run is told of a machine that was taken back; that it was, unless its provider does not say why one ended. */
  readonly tells?: "gone"
  /** What else must hold at the end. */
  readonly verify?: () => void
}

/** A provider, and how a box is made to reach one. */
export interface Row {
  readonly name: string
  /** Flags of its machines. */
  readonly flags: ReadonlyArray<string>
  readonly skip?: string | undefined
  readonly open: (box: Box) => Promise<Rented>
}

const settings = (box: Box, providers: object): void => {
  const file = join(box.folder, "user", ".config", "runctl", "config.yaml")
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify({ providers }))
}

/** A cloud of the testkit, whose machines are behind a real sshd. */
const emulated = <C extends Emulator.CloudCore>(
  name: string,
  start: () => Promise<Emulator.Emulated<C>>,
  options: {
    readonly flags?: ReadonlyArray<string>
    readonly settings?: object
    readonly tells?: "gone"
    /** What is still there beside machines, and must not be. */
    readonly beside?: (cloud: Emulator.Emulated<C>) => ReadonlyArray<string>
  } = {}
): Row => ({
  name,
  flags: options.flags ?? [],
  skip: Emulator.missingMachines(),
  open: async (box) => {
    const cloud = await start()
    onTestFinished(() => cloud.close())
    Object.assign(box.env, cloud.environment)
    settings(box, { [name]: options.settings ?? {} })
    return {
      left: () => [...cloud.billing().map((machine) => machine.name), ...(options.beside?.(cloud) ?? [])],
      ...(options.tells === undefined ? {} : { tells: options.tells }),
      ...(cloud.core.preempt === undefined
        ? {}
        : {
            preempt: (nativeId: string) => {
              const found = cloud.machines().find(({ id }) => String(id) === nativeId)
              if (found === undefined) throw new Error(`${name} has no machine ${nativeId}`)
              cloud.preempt(found.id)
            }
          }),
      verify: () => assert.deepStrictEqual([...cloud.violations], [])
    }
  }
})

/** Not port 22, which this computer's own sshd may have at every address. */
const sshPort = 2022
const timing = { bootSeconds: 1, deleteSeconds: 1, powerSeconds: 1, machines: "ssh", sshPort } as const
const openApi = process.env["RUNCTL_OPENAPI_DIR"] || undefined

const namesIn = (folder: string): ReadonlyArray<string> => (existsSync(folder) ? readdirSync(folder) : [])

const fake: Row = {
  name: "fake",
  flags: ["--spot"],
  open: (box) => {
    const cloud = new FakeCloud(box, "fake", {
      offers: [{ instanceType: "small", onDemandUsdPerHour: 1, spotUsdPerHour: 0.4 }]
    })
    configure(box, [cloud])
    return Promise.resolve({ left: () => cloud.machines, preempt: (nativeId) => cloud.takeBack(nativeId) })
  }
}

const local: Row = { name: "local", flags: [], open: (box) => Promise.resolve({ left: () => box.machineFolders }) }

const ssh: Row = {
  name: "ssh",
  flags: [],
  skip: withoutMachines,
  open: async (box) => {
    // A host takes one machine at a time.
    const hosts = await Promise.all([1, 2].map(() => SshMachine.start({ isolation: "namespace" })))
    for (const sshd of hosts) onTestFinished(() => sshd.close())
    settings(box, {
      ssh: {
        hosts: hosts.map((sshd, index) => ({
          name: `host${index}`,
          host: "127.0.0.1",
          port: sshd.port,
          user: sshd.user,
          "identity-file": sshd.clientKey.file,
          "host-key": sshd.hostKey
        }))
      }
    })
    return {
      left: () =>
        hosts.flatMap((sshd) => [...namesIn(sshd.pathOf("/var/tmp/runctl-claims")), ...namesIn(sshd.pathOf(sshd.home))])
    }
  }
}

/**
 * Every provider; the same is done with each. A cloud of the testkit is one line: `emulated`, with `flags` where its
 * machines need some (`--spot`, so that they may be taken back) and `settings` of its section; it `tells` no more than that
 * a machine is gone where it gives no reasons.
 */
export const rows: ReadonlyArray<Row> = [
  fake,
  local,
  ssh,
  emulated("aws", () => Emulator.aws(timing), { flags: ["--spot"], settings: { "ssh-port": sshPort } }),
  emulated("digitalocean", () => Emulator.digitalocean({ ...timing, openApi }), { settings: { "ssh-port": sshPort } }),
  emulated("lyceum", () => Emulator.lyceum(timing), { flags: ["--spot", "--gpu", "h100"], tells: "gone" }),
  emulated("runpod", () => Emulator.runpod({ ...timing, openApi }), { flags: ["--gpu", "A4000"] }),
  // Nobody waits here for the documented time between two calls.
  emulated("vastai", () => Emulator.vastai({ ...timing, limitsRates: false, openApi }), {
    flags: ["--spot", "--gpu", "RTX 3060"],
    settings: { pace: 0.01 }
  }),
  emulated("verda", () => Emulator.verda({ ...timing, openApi }), {
    flags: ["--spot"],
    settings: { "ssh-port": sshPort },
    beside: ({ clock, core }) =>
      core.belongings(clock.now()).flatMap(({ kind, name }) => (kind === "ssh-key" ? [] : [`${kind} ${name}`]))
  })
]
