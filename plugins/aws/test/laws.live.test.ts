import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assert } from "vitest"
import { requireLive } from "../../../test/harness/live.ts"
import { openedFrom } from "./opened.ts"
import { folder, providerAt } from "./rented.ts"

requireLive("aws", process.env)

/** The keys and the region alone: no other setting of this computer leads anywhere else than one variable, for a rehearsal. */
const names = [
  "AWS_PROFILE",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_REGION",
  "AWS_DEFAULT_REGION"
]
const env = Object.fromEntries(
  names.flatMap((name) => {
    const value = process.env[name] ?? ""
    return value === "" ? [] : [[name, value]]
  })
)

const endpoint = process.env["RUNCTL_AWS_ENDPOINT"] || undefined
const settings = endpoint === undefined ? {} : { endpoint }

const swept = Effect.flatMap(ProviderLaws.sweep, (ids) =>
  ids.length === 0 ? Effect.void : Effect.logWarning(`the laws had left there, and it is ended: ${ids.join(", ")}`)
)

const provider = Layer.unwrap(Effect.map(folder, (home) => openedFrom(home, providerAt({ home, settings, env }))))

/** Two looks: what was ended by the first is shown for some time more. */
const nothingIsLeft = Effect.gen(function* () {
  yield* swept
  yield* Effect.sleep("2 minutes")
  assert.deepStrictEqual(yield* ProviderLaws.sweep, [])
}).pipe(Effect.orDie)

ProviderLaws.suite(
  "aws, live,",
  // Keys that are wrong fail here, before any law.
  Layer.effectDiscard(swept).pipe(Layer.provideMerge(provider)),
  { every: "5 seconds", within: "5 minutes", timeout: "20 minutes", cleanup: nothingIsLeft }
)
