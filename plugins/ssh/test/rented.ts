import * as NodeServices from "@effect/platform-node/NodeServices"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type Offer } from "@runctl/core/Offer"
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { type AnyTrainingProvider, type CreateRequest, TrainingProvider } from "@runctl/core/TrainingProvider"
import * as NodeSsh from "@runctl/platform-node/NodeSsh"
import { layer as providerLayer } from "@runctl/plugin-ssh/SshProvider"
import * as MachineUse from "@runctl/remote/MachineUse"
import * as Shells from "@runctl/remote/Shells"
import * as SshPool from "@runctl/remote/SshPool"
import { Home } from "@runctl/runtime/Home"
import { SshAccess } from "@runctl/runtime/SshAccess"
import type { SshMachine } from "@runctl/testkit/SshMachine"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { spawnSync } from "node:child_process"
import { join } from "node:path"

export const us = OwnerId.make("ourselve")

/** A host of the configuration whose claims and machines lie in the sshd's own folder. */
export const apart = (name: string, sshd: SshMachine, more: object = {}): Readonly<Record<string, unknown>> => ({
  ...plain(name, sshd),
  directory: sshd.home,
  "claims-directory": join(sshd.folder, "claims"),
  ...more
})

/** A host of the configuration that has a home and a /var/tmp of its own. */
export const plain = (name: string, sshd: SshMachine, more: object = {}): Readonly<Record<string, unknown>> => ({
  name,
  host: "127.0.0.1",
  port: sshd.port,
  user: sshd.user,
  "identity-file": sshd.clientKey.file,
  "host-key": sshd.hostKey,
  ...more
})

/** Everything a plugin may ask for, with its own folder below `folder`. */
const services = (folder: string, hosts: () => ReadonlyArray<unknown>, owner: OwnerId) => {
  const context = Layer.effect(
    PluginContext,
    Effect.sync(() =>
      PluginContext.of({
        home: join(folder, "plugins/ssh"),
        owner,
        settings: { hosts: hosts() },
        locate: ([first, ...more]) => (first === "hosts" && more.length === 0 ? "config.yaml:3" : undefined)
      })
    )
  )
  const ssh = SshPool.layer.pipe(
    Layer.provide(NodeSsh.layer),
    Layer.provide(SshAccess.layer({})),
    Layer.provide(Layer.orDie(Home.layerAt(join(folder, "runctl"))))
  )
  return context.pipe(Layer.provideMerge(Shells.layer.pipe(Layer.provide(ssh))), Layer.provideMerge(NodeServices.layer))
}

/** A provider whose memory is kept in a folder. */
export const providerIn = (folder: string, hosts: () => ReadonlyArray<unknown>, owner: OwnerId = us) =>
  providerLayer.pipe(Layer.provideMerge(services(folder, hosts, owner)))

const inFolder = <A, E, R>(use: (folder: string) => Layer.Layer<A, E, R>) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      return use(yield* fs.makeTempDirectoryScoped({ prefix: "runctl-hosts-" }))
    })
  ).pipe(Layer.provide(NodeServices.layer))

/** What a plugin may ask for, in a folder that lasts as long as they do. */
export const servicesFor = (hosts: () => ReadonlyArray<unknown>) => inFolder((folder) => services(folder, hosts, us))

/** A provider whose memory lasts as long as it does. */
export const providerFor = (hosts: () => ReadonlyArray<unknown>) => inFolder((folder) => providerIn(folder, hosts))

let count = 0

export const newMark = (owner: OwnerId = us): Mark => ({
  owner,
  key: ResourceKey.make(`k${process.pid.toString(36)}x`.padEnd(14, "0") + String(count++).padStart(6, "0")),
  deadlineEpochSeconds: Math.floor(Date.now() / 1000) + 3600
})

export const requestFor = (mark: Mark, offer: Offer, changes: Partial<CreateRequest> = {}): CreateRequest => ({
  mark,
  offer,
  market: "on-demand",
  label: undefined,
  diskGiB: undefined,
  image: undefined,
  bootstrap: { format: "none", content: "" },
  authorizedKey: undefined,
  priceLimit: undefined,
  ...changes
})

/** The offer of a host, whether it is claimed or not. */
export const offerOf = (name: string): Offer => ({
  provider: "ssh",
  region: name,
  instanceType: name,
  gpuCount: 0,
  vcpus: 1,
  memoryGiB: GiB.make(1),
  onDemandUsdPerHour: UsdPerHour.make(0),
  source: "a test",
  asOf: DateTime.makeUnsafe(0)
})

/** A machine that is terminated with the test. */
export const rent = Effect.fnUntraced(function* (
  host: string,
  mark: Mark = newMark(),
  changes?: Partial<CreateRequest>
) {
  const provider = yield* TrainingProvider
  return yield* Effect.acquireRelease(provider.createResource(requestFor(mark, offerOf(host), changes)), ({ id }) =>
    Effect.ignore(provider.terminate(id))
  )
})

/** What is done with a machine once it is rented. */
export const usingHalf = (provider: AnyTrainingProvider) =>
  MachineUse.make(provider).pipe(Effect.provide(NodeServices.layer))

/** A zombie is dead: only its number is left, until whoever inherited it looks. */
export const isAlive = (pid: number): boolean =>
  /^[^ZX]/.test(String(spawnSync("ps", ["-o", "stat=", "-p", String(pid)]).stdout).trim())
