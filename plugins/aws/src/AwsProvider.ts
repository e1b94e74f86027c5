/**
 * Rents EC2 instances.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { Endpoint } from "@runctl/core/Endpoint"
import * as PluginSettings from "@runctl/core/PluginSettings"
import * as ProviderError from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import type { Resource } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as AwsClient from "./AwsClient.ts"
import * as Catalogue from "./Catalogue.ts"
import * as Companions from "./Companions.ts"
import * as Credentials from "./Credentials.ts"
import { diagnose } from "./Diagnosis.ts"
import { failing, provider } from "./Failures.ts"
import * as Firewall from "./Firewall.ts"
import { chargesOf, instanceIdOf } from "./Instances.ts"
import * as Keys from "./Keys.ts"
import * as Launch from "./Launch.ts"
import * as Looking from "./Looking.ts"
import * as Power from "./Power.ts"
import { probe } from "./Preemption.ts"
import * as Regions from "./Regions.ts"
import * as Renting from "./Renting.ts"
import { parse } from "./Settings.ts"
import * as Store from "./Store.ts"

/**
 * What renting instances can and cannot do; `package.json` says the same.
 *
 * **Details**  `stop`: a stopped instance bills its disk. `endAction`: one that is switched off from inside is terminated.
 *
 * @category constants
 * @since 0.1.0
 */
export const capabilities: Capabilities = {
  spot: "interruptible",
  stop: "disk",
  idempotency: "token",
  userData: { maxBytes: Launch.mostUserData, formats: ["cloud-config", "script"] },
  endAction: "terminates",
  runMode: "machine",
  groupCreate: false
}

/** Switches the machine off, which ends it: instances are made to be terminated by that. */
const powerOff = `sync
poweroff 2>/dev/null || systemctl poweroff 2>/dev/null || shutdown -h now 2>/dev/null || halt -p 2>/dev/null ||
  { [ -w /proc/sysrq-trigger ] && echo o >/proc/sysrq-trigger; }
`

const cloud = Effect.gen(function* () {
  const settings = yield* PluginSettings.load(provider, parse)
  const { home } = yield* PluginContext
  const http = yield* HttpClient.HttpClient
  const credentials = yield* Credentials.make(settings.profile)
  const store = yield* Store.make(home, settings.endpoint ?? settings.profile ?? "aws")
  const aws = AwsClient.make({ http, endpoint: settings.endpoint, credentials })
  // Read when it is needed, by what counts now.
  const surroundings = yield* Effect.context()
  const region = yield* Effect.cached(Effect.provideContext(Credentials.region(settings.profile), surroundings))
  const regions = Regions.make(aws, store, settings, region)
  return {
    aws,
    store,
    settings,
    regions,
    keys: Keys.make(aws, store),
    firewall: Firewall.make({ aws, store, http, settings }),
    cold: new Map()
  } satisfies Renting.Cloud
})

/** These are reached again, or are not gone yet; a machine that has ended never is. */
const unreachable: ReadonlySet<ResourceState.ResourceState["_tag"]> = new Set(["Stopped", "Terminating"])

const make = Effect.gen(function* () {
  const all = yield* cloud
  const { owner } = yield* PluginContext
  const { aws, firewall, regions, settings } = all

  /** The groups that a machine is in, where they are asked for. */
  const groupsOf = (region: string, instanceId: string): Firewall.Groups =>
    Effect.map(Looking.instance(all, region, instanceId), (found) =>
      (found?.SecurityGroups ?? []).flatMap(({ GroupId }) => (GroupId ? [GroupId] : []))
    )

  const wayTo = Effect.fnUntraced(function* (resource: Resource) {
    const { id, publicIp, state } = resource.publicIp === undefined ? yield* Looking.get(all, resource.id) : resource
    if (state._tag === "Terminated" || state._tag === "Error") {
      return yield* new ProviderError.NotFound({ message: `${id} is ${ResourceState.format(state)}` })
    }
    if (publicIp === undefined || unreachable.has(state._tag)) {
      return yield* new ProviderError.Conflict({
        message: `${id} is ${ResourceState.format(state)}${publicIp === undefined ? " and has no address yet" : ""}`
      })
    }
    const where = instanceIdOf(id)
    if (where !== undefined) {
      const { instanceId, region } = where
      // Whoever asks again has not got through: the caller may have moved. What cannot be looked at now is as it was.
      yield* firewall
        .follow(region, instanceId, groupsOf(region, instanceId))
        .pipe(
          Effect.catch((cause) =>
            Effect.logDebug(`aws: the way to ${id} was not looked at: ${"message" in cause ? cause.message : ""}`)
          )
        )
    }
    return { _tag: "Ssh", host: publicIp, port: settings.sshPort, user: "root", hostKeyName: id } satisfies Endpoint
  })

  return TrainingProvider.of({
    name: provider,
    capabilities,

    offers: Effect.fn("AwsProvider.offers")((query) => Catalogue.offers(all, query), failing("offers")),

    estimateCost: Effect.fn("AwsProvider.estimateCost")(function* (instanceType, hours) {
      const offers = yield* Catalogue.offers(all, { instanceType })
      const prices = offers.flatMap(({ onDemandUsdPerHour: usd }) => (usd === undefined ? [] : [usd]))
      if (prices.length > 0) return Math.min(...prices) * hours
      return yield* new ProviderError.Rejected({
        message: `AWS does not say what ${instanceType} costs by the hour, or has no such instance type there`
      })
    }, failing("estimateCost")),

    billing: ({ tags }, state) => Effect.succeed(ResourceState.isBillable(state) ? chargesOf(tags, state) : []),

    createResource: Effect.fn("AwsProvider.createResource")(
      (request) => Renting.rent(all, request),
      failing("createResource")
    ),

    getResource: Effect.fn("AwsProvider.getResource")((id) => Looking.get(all, id), failing("getResource")),

    listResources: Looking.list(all).pipe(failing("listResources"), Effect.withSpan("AwsProvider.listResources")),

    companions: {
      list: Companions.list(aws, regions).pipe(failing("companions"), Effect.withSpan("AwsProvider.companions")),
      remove: Effect.fn("AwsProvider.removeCompanion")((id) => Companions.remove(aws, id), failing("companions"))
    },

    startResource: Effect.fn("AwsProvider.startResource")((id) => Power.start(all, id), failing("startResource")),

    stopResource: Effect.fn("AwsProvider.stopResource")((id) => Power.stop(all, id), failing("stopResource")),

    terminate: Effect.fn("AwsProvider.terminate")((id) => Power.terminate(all, id), failing("terminate")),

    endpoint: Effect.fn("AwsProvider.endpoint")(wayTo, failing("endpoint")),

    endActionScript: () => powerOff,
    preemptionProbe: probe(settings),
    preemptionEvidence: Effect.fn("AwsProvider.preemptionEvidence")(
      ({ id }) => Looking.evidence(all, id),
      failing("preemptionEvidence")
    ),

    diagnose: diagnose(all, owner)
  })
})

/**
 * Instances of the account that the keys belong to. Building it makes no request.
 *
 * **Errors**  `Rejected` for settings that are wrong.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<
  TrainingProvider,
  ProviderError.ProviderError,
  PluginContext | FileSystem.FileSystem | Path.Path | HttpClient.HttpClient
> = Layer.effect(TrainingProvider, make)
