/** The cloud's API: where it is, what opens it, how fast it may be asked, and what its refusals mean. */
import * as CloudApi from "@runctl/core/CloudApi"
import * as CloudFailure from "@runctl/core/CloudFailure"
import * as Pace from "@runctl/core/Pace"
import * as PluginSettings from "@runctl/core/PluginSettings"
import * as ProviderError from "@runctl/core/ProviderError"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** The first part of every machine's id, and the name that people type. */
export const provider = "fernhill"

/** What a configuration may say under `providers.fernhill`; anything else in it is refused, naming file and line. */
export const parseSettings = PluginSettings.section("providers.fernhill", (read) => ({
  endpoint: read("endpoint", PluginSettings.endpoint, "https://api.fernhill.example"),
  sshPort: read("ssh-port", PluginSettings.port, 22)
}))

/** The one place where the token is looked for; package.json names the same. */
const variable = "FERNHILL_TOKEN"

const token: Effect.Effect<CloudApi.Credential | undefined> = Config.String(variable).pipe(
  Config.withDefault(""),
  Effect.orElseSucceed(() => ""),
  Effect.map((text) => (text.trim() === "" ? undefined : { token: Redacted.make(text.trim()), setting: variable }))
)

/** The API allows 50 requests a second; polling leaves room, so that nothing waits behind it to be ended. */
const towards = Pace.shared<"read" | "change">({
  title: "Fernhill",
  lanes: { read: { all: [{ requests: 40, millis: 1050 }] }, change: { all: [{ requests: 48, millis: 1050 }] } }
})

/** An error in the API's own words. What has none of these was said by somebody else on the way, and counts for nothing. */
const Refusal = Schema.Struct({ error: Schema.Struct({ code: Schema.String, message: Schema.String }) })
const isRefusal = Schema.is(Refusal)

/** Asks the API. Every call goes through here: the token is in one header of it, and nowhere else. */
export const make = (endpoint: string) =>
  CloudApi.make({
    provider,
    title: "Fernhill",
    endpoint,
    pace: towards(endpoint),
    turnOf: (call) => ({ lane: CloudApi.isRead(call) ? "read" : "change" }),
    credential: { missing: variable, find: () => token },
    errorOf: ({ body }) => (isRefusal(body) ? body.error : undefined)
  })

/** What the API's codes mean in the words that all providers share; the others mean what their status says. */
export const failures: CloudFailure.Failures = CloudFailure.make({
  provider,
  meaningOf: ({ code, message }) => {
    switch (code) {
      case "out_of_stock":
        return new ProviderError.OutOfCapacity({ message })
      case "quota_reached":
        return new ProviderError.QuotaExceeded({ message, quota: "servers" })
      case "busy":
        return new ProviderError.Conflict({ message })
      default:
        return undefined
    }
  }
})
