import * as NodeServices from "@effect/platform-node/NodeServices"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import { layer } from "@runctl/plugin-digitalocean/DigitalOceanProvider"
import { ready } from "@runctl/runtime/MachineClocks"
import * as Emulator from "@runctl/testkit/Emulator"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Result } from "../Result.ts"
import { labelsOf, markOf, owner } from "./planted.ts"

const machines = 200

/** A minute of the cloud's, and of whoever asks it, is this much shorter. */
const timeScale = 30

/** As many requests as the vendor documents for a minute, for each token. */
const documented = 250

const region = "ams3"

/** The time of the cloud is that of the client too: both keep the vendor's minutes. */
const clockOf = ({ clock }: Emulator.Cloud): Clock.Clock => {
  const millis = (): number => clock.now()
  const nanos = (): bigint => BigInt(millis()) * 1_000_000n
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) => Effect.promise(() => clock.sleep(Duration.toSeconds(duration)))
  }
}

/** Rented with another token, whose requests are limited by themselves. */
const rentAll = async (cloud: Emulator.Cloud): Promise<ReadonlyArray<number>> => {
  cloud.setDropletLimit(machines)
  const token = cloud.addToken()
  for (let index = 0; index < machines; index++) {
    const body = { ...labelsOf(markOf(index)), region, size: "s-1vcpu-1gb", image: "ubuntu-24-04-x64", ssh_keys: [] }
    const answer = cloud.core.handle({ method: "POST", path: "/v2/droplets", token, body }, cloud.clock.now())
    if (answer.status !== 202) throw new Error(`a droplet was refused: ${JSON.stringify(answer.body)}`)
  }
  return cloud.machines().map(({ id }) => id)
}

/** Waits for all of them at once, as the runtime waits for each. */
const waitForAll = (cloud: Emulator.Cloud, home: string, ids: ReadonlyArray<number>): Promise<number> => {
  const services = Layer.mergeAll(
    Layer.succeed(PluginContext, { home, owner, settings: { endpoint: cloud.url } }),
    FetchHttpClient.layer,
    NodeServices.layer,
    ConfigProvider.layer(ConfigProvider.fromEnv({ env: { DIGITALOCEAN_TOKEN: cloud.token } }))
  )
  return Effect.gen(function* () {
    const provider = yield* TrainingProvider
    const now = yield* Clock.currentTimeMillis
    const waited = yield* Effect.forEach(
      ids,
      (id) =>
        ready(provider, { id: resourceId("digitalocean", region, String(id)), state: ResourceState.Starting }, now),
      { concurrency: "unbounded" }
    )
    return waited.filter(({ state }) => state._tag === "Running").length
  }).pipe(
    Effect.provide(Layer.provide(layer, services)),
    Effect.provideService(Clock.Clock, clockOf(cloud)),
    Effect.runPromise
  )
}

/** The most that came within any minute of the cloud's. */
const mostInAMinute = (times: ReadonlyArray<number>): number => {
  let most = 0
  let first = 0
  times.forEach((time, index) => {
    while ((times[first] ?? 0) <= time - 60_000) first += 1
    most = Math.max(most, index - first + 1)
  })
  return most
}

/** Many machines that start at once, each asked for until it is up: how often the cloud says that it is too much. */
export const polling = async (): Promise<ReadonlyArray<Result>> => {
  await using cloud = await Emulator.digitalocean({ timeScale, bootSeconds: 60, limitsRates: true })
  const home = mkdtempSync(join(tmpdir(), "runctl-bench-"))
  try {
    const ids = await rentAll(cloud)
    const began = cloud.clock.now()
    const up = await waitForAll(cloud, home, ids)
    if (up !== machines) throw new Error(`only ${up} of ${machines} machines were seen running`)
    const seconds = (cloud.clock.now() - began) / 1000
    const asked = cloud.requests.map(({ receivedAt }) => receivedAt)
    return [
      {
        name: `${machines} machines that start at once, polls refused for being too many`,
        value: cloud.requests.filter(({ status }) => status === 429).length,
        unit: "calls",
        limit: 0,
        details: `${asked.length} polls in ${seconds.toFixed(0)} s of the cloud's, at most ${mostInAMinute(asked)} within a minute of the ${documented} that are documented; all machines were seen running`
      }
    ]
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
