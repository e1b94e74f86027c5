import { define } from "@runctl/core/ProviderPlugin"
import { isBillable } from "@runctl/core/Resource"
import type { ResourceKey } from "@runctl/core/Ownership"
import { type AnyTrainingProvider, type CreateRequest, TrainingProvider } from "@runctl/core/TrainingProvider"
import * as NodeRunctl from "@runctl/platform-node/NodeRunctl"
import type { Home } from "@runctl/runtime/Home"
import type { HostKeys } from "@runctl/runtime/HostKeys"
import type { Journal } from "@runctl/runtime/Journal"
import type { Limits, Rent } from "@runctl/runtime/Placement"
import { Records } from "@runctl/runtime/Records"
import type { RentRequest } from "@runctl/runtime/Rents"
import type { StepServices } from "@runctl/runtime/RunDriver"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { BootedMachine, type BootOptions } from "./BootedMachine.ts"

export type Services = Home | HostKeys | Journal | StepServices

/** A cloud whose machines really boot, and one installation of runctl that rents them. */
export interface World {
  readonly home: string
  readonly machines: ReadonlyMap<ResourceKey, BootedMachine>
  readonly requests: ReadonlyArray<CreateRequest>
  /** Everything that was logged, whatever its level. */
  readonly logs: ReadonlyArray<string>
  readonly cloud: FakeProvider.FakeCloud["Service"]
  /** What one process of runctl does; the next one finds what it left on the disk. */
  readonly process: <A, E>(effect: Effect.Effect<A, E, Services>) => Promise<A>
}

/** How a machine boots, beside what its request says. */
export type Booting = (request: CreateRequest) => Partial<BootOptions>

export const makeWorld = (
  booting: Booting = () => ({}),
  change: (provider: AnyTrainingProvider) => Partial<AnyTrainingProvider> = () => ({})
): World => {
  const home = mkdtempSync(join(tmpdir(), "runctl-boot-world-"))
  const machines = new Map<ResourceKey, BootedMachine>()
  const requests: Array<CreateRequest> = []
  const logs: Array<string> = []
  onTestFinished(async () => {
    for (const machine of machines.values()) await machine[Symbol.asyncDispose]()
    rmSync(home, { recursive: true, force: true })
  }, 60_000)
  const fake = FakeProvider.make({
    endpoint: (key) => ({ _tag: "Ssh", host: "127.0.0.1", port: machines.get(key)?.port ?? 1, user: "root" })
  })
  const boots = (request: CreateRequest) =>
    Effect.promise(async () => {
      requests.push(request)
      if (machines.has(request.mark.key)) return
      const options = { userData: request.bootstrap.content, ...booting(request) }
      machines.set(request.mark.key, await BootedMachine.boot(options))
    })
  const plain: AnyTrainingProvider = {
    ...fake.provider,
    createResource: (request) => Effect.tap(fake.provider.createResource(request), () => boots(request)),
    endActionScript: () => "touch $RUNCTL_MACHINE_DIR/ended"
  }
  const provider = TrainingProvider.of({ ...plain, ...change(plain) })
  const layer = NodeRunctl.layer({
    sources: [
      {
        origin: "a test",
        trusted: true,
        manifest: {
          api: 1,
          kind: "provider",
          provider: "./none.js",
          name: provider.name,
          title: provider.name,
          capabilities: provider.capabilities,
          credentials: { environment: [], files: [] }
        },
        load: () =>
          Promise.resolve({
            plugin: define({ name: provider.name, layer: Layer.succeed(TrainingProvider, provider) })
          })
      }
    ],
    supervisor: { command: "/bin/false", args: [], environment: {}, version: "0" },
    settingsFor: () => undefined
  }).pipe(
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ RUNCTL_HOME: home }))),
    Layer.provideMerge(Logger.layer([Logger.make((told) => void logs.push(Logger.formatSimple.log(told)))])),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "All"))
  )
  return {
    home,
    machines,
    requests,
    logs,
    cloud: fake.cloud,
    process: (effect) => Effect.runPromise(Effect.provide(effect, Layer.fresh(layer)))
  }
}

/** Machines that are told as a script what to do at boot, which takes less than a second. */
export const scripted = (booting?: Booting, login = "root"): World =>
  makeWorld(booting, ({ capabilities, endpoint }) => ({
    login,
    capabilities: { ...capabilities, userData: { maxBytes: 16_384, formats: ["script"] } },
    endpoint: (resource) =>
      Effect.map(endpoint(resource), (told) => (told._tag === "Ssh" ? { ...told, user: login } : told))
  }))

/** Machines that are told nothing at boot: their cloud has put the owner's key on them, and nothing else. */
export const keyed = (): World =>
  makeWorld(
    ({ authorizedKey }) => ({
      userData: `#!/bin/sh\nmkdir -p -m 700 /root/.ssh && echo '${authorizedKey ?? ""}' >/root/.ssh/authorized_keys\n`
    }),
    ({ capabilities }) => ({ opensByKey: true, capabilities: { ...capabilities, userData: "none" } })
  )

/** The public halves of all host keys of a machine. */
export const shownBy = "cut -d ' ' -f 1,2 /etc/ssh/ssh_host_*_key.pub"

/** How many machines are paid for. */
export const living = (world: World): Promise<number> =>
  Effect.runPromise(Effect.map(world.cloud.machines, (all) => all.filter(isBillable).length))

const rent: Rent = { _tag: "Rent", provider: "fake", query: {}, market: "on-demand" }

/** A wish for the cheapest machine, for an hour. */
export const wish = (change: Partial<Rent> = {}): RentRequest => {
  const limits: Limits = { deadlineAt: Date.now() + 3_600_000, graceSeconds: 0, holdSeconds: 0, budgets: [] }
  return { rent: { ...rent, ...change }, limits, label: "mine", run: undefined }
}

/** The one machine of a world. */
export const only = ({ machines }: World): BootedMachine => {
  const [machine] = machines.values()
  if (machine === undefined || machines.size !== 1) throw new Error(`there are ${machines.size} machines`)
  return machine
}

/** The record of a machine that is there. */
export const recordOf = Effect.fnUntraced(function* (key: string) {
  const record = yield* (yield* Records).resource(key)
  return record ?? (yield* Effect.die(new Error("there is no record")))
})

/** `nvidia-smi -q` of a machine with one GPU. */
const nvidia = (uncorrectable: number): string => `#!/bin/sh
cat <<'X'
Attached GPUs                             : 1

GPU 00000000:01:00.0
    Product Name                          : NVIDIA H100 80GB HBM3
    ECC Errors
        Volatile
            DRAM Uncorrectable            : ${uncorrectable}
X
`

/** The first so many machines have a broken GPU. */
export const broken = (count: number): Booting => {
  let booted = 0
  return () => ({ programs: { "nvidia-smi": nvidia(booted++ < count ? 3 : 0) } })
}
