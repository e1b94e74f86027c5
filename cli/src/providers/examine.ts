/**
 * Looks at one provider by using it: loads it, asks for offers and for machines. Rents nothing.
 */
import type { ProviderEntry } from "@runctl/core/ProviderRegistry"
import { Providers } from "@runctl/runtime/Providers"
import { SupervisorClient } from "@runctl/runtime/SupervisorClient"
import * as Sweeps from "@runctl/runtime/Sweeps"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { exits } from "../errors/codes.ts"
import { fail, failureOf } from "../errors/Failure.ts"
import type { CheckView, ProviderStanding } from "../output/checks.ts"
import { count } from "../render/units.ts"
import type { Environment } from "../settings/places.ts"
import { lookedFor, summaryOf } from "./credentials.ts"
import { layersOfSafety } from "./layersOfSafety.ts"

/** Longer than anybody wants to wait for a diagnosis. */
const patience = "30 seconds"

/** A provider with many machines of its own looks at each. */
const longPatience = "5 minutes"

const failed = (name: string, error: unknown): { readonly check: CheckView; readonly exit: number } => {
  const { advice, exit, message } = failureOf(error)
  return { check: { name, status: "fail", message, advice }, exit }
}

const ok = (name: string, message: string): CheckView => ({ name, status: "ok", message, advice: null })

const asked = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>, within: string & Duration.Input = patience) =>
  effect.pipe(
    Effect.map((value) => ({ value, failure: undefined })),
    Effect.timeoutOrElse({
      duration: within,
      orElse: () =>
        Effect.succeed({
          value: undefined,
          failure: failed(name, fail("RUNCTL_E_UNAVAILABLE", `no answer within ${within}`))
        })
    }),
    Effect.catch((error) => Effect.succeed({ value: undefined, failure: failed(name, error) }))
  )

/** Where to get a credential, as far as its provider says. */
const whereOf = ({ manifest: { credentials } }: ProviderEntry): string =>
  credentials.url === undefined ? "" : `Get one at ${credentials.url}. `

const credentialsOf = (entry: ProviderEntry, env: Environment, isWanted: boolean): CheckView => {
  const places = lookedFor(entry.manifest.credentials, env)
  const summary = summaryOf(places)
  if (summary === "none") return ok("credentials", "none needed")
  const names = (found: boolean): string =>
    places
      .filter((place) => !found || place.found)
      .map(({ kind, name }) => (kind === "environment" ? `$${name}` : name))
      .join(", ")
  return summary === "found"
    ? ok("credentials", `found: ${names(true)}`)
    : {
        name: "credentials",
        status: isWanted ? "fail" : "warn",
        message: `none of ${names(false)} is there`,
        advice: `${whereOf(entry)}Set one of them to use this provider.`
      }
}

/** One that was refused is got anew where one was got. */
const withWhere = (entry: ProviderEntry, { check, exit }: ReturnType<typeof failed>): CheckView =>
  exit === exits.credentials && entry.manifest.credentials.url !== undefined
    ? { ...check, advice: `${whereOf(entry)}${check.advice ?? ""}`.trim() }
    : check

const standingOf = (checks: ReadonlyArray<CheckView>): ProviderStanding => {
  const [credentials] = checks
  if (credentials?.status === "fail") return "missing"
  return checks.some(({ status }) => status === "fail") ? "broken" : "ready"
}

/**
 * What was found, and what the process should end with because of it. A provider without credentials is only used when
 * it was named.
 */
export const examine = Effect.fnUntraced(function* (entry: ProviderEntry, env: Environment, isWanted: boolean) {
  const { capabilities, name } = entry.manifest
  const providers = yield* Providers
  const supervisor = yield* (yield* SupervisorClient).status
  const sweptAt = yield* Sweeps.last(name)
  const now = yield* Clock.currentTimeMillis
  if (entry.disabled !== undefined && !isWanted) {
    const why: CheckView = { name: "plugin", status: "warn", message: entry.disabled, advice: null }
    return { provider: name, standing: "disabled" as const, checks: [why], exit: 0 }
  }
  const credentials = credentialsOf(entry, env, isWanted)
  if (credentials.status === "warn") {
    return { provider: name, standing: "missing" as const, checks: [credentials], exit: 0 }
  }

  const loaded = yield* asked("loads", providers.get(name))
  if (loaded.value === undefined) {
    const checks = [credentials, withWhere(entry, loaded.failure)]
    return { provider: name, standing: standingOf(checks), checks, exit: loaded.failure.exit }
  }
  const { provider } = loaded.value
  const [offers, machines, own] = yield* Effect.all(
    [
      asked("offers", provider.offers({})),
      asked("machines", provider.listResources),
      asked("diagnosis", provider.diagnose ?? Effect.succeed([]), longPatience)
    ],
    { concurrency: 3 }
  )
  const diagnosed: ReadonlyArray<CheckView> =
    own.value === undefined
      ? [own.failure.check]
      : own.value.map(({ advice, ...finding }) => ({ ...finding, advice: advice ?? null }))
  const isBroken = diagnosed.some(({ status }) => status === "fail")
  const prices = (offers.value ?? []).flatMap(({ onDemandUsdPerHour, spotUsdPerHour }) => [
    onDemandUsdPerHour,
    spotUsdPerHour
  ])
  const isFree = prices.length > 0 && prices.every((price) => price === undefined || price === 0)
  const checks = [
    credentials,
    ok("loads", `from ${entry.origin}`),
    offers.value === undefined ? withWhere(entry, offers.failure) : ok("offers", count(offers.value.length, "offer")),
    machines.value === undefined
      ? withWhere(entry, machines.failure)
      : ok("machines", `${count(machines.value.length, "machine")} there`),
    ...diagnosed,
    ...layersOfSafety({ capabilities, supervisor: supervisor.state, isFree, sweptAt, now })
  ]
  return {
    provider: name,
    standing: standingOf(checks),
    checks,
    exit: offers.failure?.exit ?? machines.failure?.exit ?? own.failure?.exit ?? (isBroken ? exits.provider : 0)
  }
})
