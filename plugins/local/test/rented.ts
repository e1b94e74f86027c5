import * as NodeServices from "@effect/platform-node/NodeServices"
import { GiB, type Offer } from "@runctl/core/Offer"
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { type CreateRequest, TrainingProvider } from "@runctl/core/TrainingProvider"
import * as LocalProvider from "@runctl/plugin-local/LocalProvider"
import { price } from "@runctl/plugin-local/Computer"
import * as Shells from "@runctl/remote/Shells"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as ChildProcess from "node:child_process"

export const us = OwnerId.make("ourselve")

/** A plugin's own folder for the length of a test. */
export const context = Layer.effect(
  PluginContext,
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "runctl-local-" })
    return PluginContext.of({ home: `${folder}/plugins/local`, owner: us, settings: undefined })
  })
)

export const services = context.pipe(Layer.provideMerge(Shells.layerLocal), Layer.provideMerge(NodeServices.layer))

export const layer = LocalProvider.layer.pipe(Layer.provideMerge(services))

/** Of this process alone: ending a machine ends whatever carries its key on this computer. */
const own = process.pid.toString(36).padStart(6, "0")
let count = 0

export const newMark = (owner: OwnerId = us): Mark => ({
  owner,
  key: ResourceKey.make(`key${String(count++).padStart(11, "0")}${own}`),
  deadlineEpochSeconds: 1_900_000_000
})

const offer: Offer = {
  provider: "local",
  region: "here",
  instanceType: "cpu",
  gpuCount: 0,
  vcpus: 1,
  memoryGiB: GiB.make(1),
  onDemandUsdPerHour: price,
  source: "this computer",
  asOf: DateTime.makeUnsafe(0)
}

export const requestFor = (mark: Mark, changes: Partial<CreateRequest> = {}): CreateRequest => ({
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

/** A machine that is terminated with the test. */
export const rent = Effect.fnUntraced(function* (mark: Mark, changes?: Partial<CreateRequest>) {
  const provider = yield* TrainingProvider
  return yield* Effect.acquireRelease(provider.createResource(requestFor(mark, changes)), ({ id }) =>
    Effect.orDie(provider.terminate(id))
  )
})

/** A zombie is dead: only its number is left, until whoever inherited it looks. */
export const isAlive = (pid: number): boolean =>
  /^[^ZX]/.test(String(ChildProcess.spawnSync("ps", ["-o", "stat=", "-p", String(pid)]).stdout).trim())
