import { assert, it } from "@effect/vitest"
import { define, PluginContext } from "@runctl/core/ProviderPlugin"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as NodeHost from "@runctl/platform-node/NodeHost"
import digitaloceanPackage from "@runctl/plugin-digitalocean/package.json" with { type: "json" }
import { layer as localLayer } from "@runctl/plugin-local/LocalProvider"
import localPackage from "@runctl/plugin-local/package.json" with { type: "json" }
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { existsSync } from "node:fs"
import { dirname } from "node:path"

const local = { manifest: localPackage.runctl, load: (): Promise<unknown> => import("@runctl/plugin-local") }

const digitalocean = {
  manifest: digitaloceanPackage.runctl,
  load: (): Promise<unknown> => import("@runctl/plugin-digitalocean")
}

const whyNot = (hosted: NodeHost.Hosted) =>
  Effect.map(Effect.flip(Effect.provide(TrainingProvider, NodeHost.provider(hosted))), String)

it.live("a plugin is loaded as runctl loads it, in a folder that goes with it", () =>
  Effect.gen(function* () {
    let home = ""
    const layer = Layer.unwrap(
      Effect.map(PluginContext, (around) => {
        home = around.home
        return localLayer
      })
    )
    const load = (): Promise<unknown> => Promise.resolve({ plugin: define({ name: "local", layer }) })
    yield* Effect.gen(function* () {
      const { name, offers } = yield* TrainingProvider
      assert.strictEqual(name, "local")
      assert.isAbove((yield* offers({})).length, 0)
      assert.match(home, /\/providers\/local$/)
      assert.isTrue(existsSync(dirname(dirname(home))))
    }).pipe(Effect.provide(NodeHost.provider({ ...local, load })))
    assert.isFalse(existsSync(dirname(dirname(home))), home)
  })
)

it.live("only the variables are there that are given", () =>
  Effect.gen(function* () {
    const { listResources } = yield* TrainingProvider
    const error = yield* Effect.flip(listResources)
    assert.strictEqual(error.reason._tag, "Unauthorized")
  }).pipe(Effect.provide(NodeHost.provider(digitalocean)))
)

it.live("what runctl would refuse is refused, in the same words", () =>
  Effect.gen(function* () {
    assert.match(yield* whyNot({ ...local, manifest: { api: 1 } }), /kind/)
    assert.match(
      yield* whyNot({ ...local, load: () => Promise.reject(new Error("it explodes")) }),
      /cannot be loaded: it explodes/
    )
    const manifest = { ...localPackage.runctl, capabilities: { ...localPackage.runctl.capabilities, stop: "disk" } }
    assert.match(
      yield* whyNot({ ...local, manifest }),
      /disagree about capabilities: stop is "disk" there and "nothing"/
    )
    assert.match(
      yield* whyNot({ ...digitalocean, settings: { endpiont: "x" } }),
      /providers\.digitalocean\.endpiont: .*Did you mean "endpoint"/
    )
  })
)
