import { Providers } from "@runctl/runtime/Providers"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../../BaseCommand.ts"
import { exits } from "../../errors/codes.ts"
import { optionalWord } from "../../flags.ts"
import type { CheckView, ExaminedProvider, ProvidersDoctorOutput } from "../../output/checks.ts"
import { examine } from "../../providers/examine.ts"
import { oneProvider } from "../../providers/known.ts"
import { search } from "../../providers/sources.ts"
import { isHealthy, renderChecks, renderStandings } from "../../render/checks.ts"
import { here, load } from "../../settings/load.ts"

export { ProvidersDoctorOutput as Output } from "../../output/checks.ts"

export default class ProvidersDoctor extends BaseCommand {
  static override summary = "try providers out: credentials, offers, and what ends a forgotten machine"
  static override description = `Loads each provider that can be used, asks all of them at once for offers and machines, and rents nothing. Then it says which layers would end a machine that everybody forgot: the machine's own clock, a limit of the provider's, the supervisor on this computer, a sweeper elsewhere. Of a provider without a credential it says where one is looked for and where to get one, and asks nothing.

Ends with what the first failure means (4 for credentials, 6 for a provider that does not answer).`
  static override examples = [
    { description: "All of them, and what each lacks", command: "<%= config.bin %> <%= command.id %>" },
    { description: "One, whether it has them or not", command: "<%= config.bin %> <%= command.id %> local --json" }
  ]
  static override args = { provider: optionalWord("name of a provider") }

  async run(): Promise<ProvidersDoctorOutput> {
    const { args } = await this.parse(ProvidersDoctor)
    const loaded = load(here())
    const found = search(loaded, process.env)
    const wanted = args.provider
    if (wanted !== undefined) oneProvider(found, wanted, loaded, process.env)
    const examined = await this.effect(
      Effect.gen(function* () {
        const entries = yield* (yield* Providers).list
        const chosen = entries.filter(({ manifest }) => wanted === undefined || manifest.name === wanted)
        return yield* Effect.forEach(chosen, (entry) => examine(entry, process.env, wanted !== undefined), {
          concurrency: "unbounded"
        })
      }),
      { isDryRun: true }
    )
    const broken = found.broken.map(({ origin, why }): ExaminedProvider => ({
      provider: origin,
      standing: "disabled",
      checks: [brokenCheck(why)]
    }))
    const providers = [
      ...examined.map(({ checks, provider, standing }): ExaminedProvider => ({ provider, standing, checks })),
      ...broken
    ]
    for (const { checks, provider } of providers) {
      this.print(`${this.style.bold(provider)}\n${renderChecks(checks, this.style)}\n`)
    }
    if (wanted === undefined) this.print(renderStandings(providers, this.style))
    const healthy = providers.every(({ checks }) => isHealthy(checks))
    if (!healthy) process.exitCode = examined.find(({ exit }) => exit !== 0)?.exit ?? exits.credentials
    return { healthy, providers }
  }
}

const brokenCheck = (why: string): CheckView => ({
  name: "plugin",
  status: "warn",
  message: why,
  advice: "Mend it, take it out of the configuration, or `runctl plugins uninstall` it."
})
