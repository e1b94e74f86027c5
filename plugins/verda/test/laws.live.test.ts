import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assert } from "vitest"
import { requireLive } from "../../../test/harness/live.ts"
import { openedFrom } from "./opened.ts"
import { folder, providerAt } from "./rented.ts"

const { tokens } = requireLive("verda", process.env)

/** The credentials alone: no other setting of this computer leads anywhere else than this one variable, for a rehearsal. */
const env = Object.fromEntries(
  [...tokens, "VERDA_CLIENT_ID"].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))
)

const endpoint = process.env["RUNCTL_VERDA_ENDPOINT"] || undefined
const settings = endpoint === undefined ? {} : { endpoint }

const swept = Effect.flatMap(ProviderLaws.sweep, (ids) =>
  ids.length === 0 ? Effect.void : Effect.logWarning(`the laws had left there, and it is ended: ${ids.join(", ")}`)
)

const provider = Layer.unwrap(Effect.map(folder, (home) => openedFrom(home, providerAt({ home, settings, env }))))

/** Two looks: what was ended by the first is shown for some seconds more. */
const nothingIsLeft = Effect.gen(function* () {
  yield* swept
  yield* Effect.sleep("1 minute")
  assert.deepStrictEqual(yield* ProviderLaws.sweep, [])
}).pipe(Effect.orDie)

ProviderLaws.suite(
  "verda, live,",
  // Credentials that are wrong fail here, before any law.
  Layer.effectDiscard(swept).pipe(Layer.provideMerge(provider)),
  { every: "5 seconds", within: "15 minutes", timeout: "40 minutes", cleanup: nothingIsLeft }
)
