/**
 * All services of this process, from its configuration. The one place where they are put together.
 */
import * as NodeRunctl from "@runctl/platform-node/NodeRunctl"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { askPassphrase, canAsk } from "./confirm.ts"
import { search } from "./providers/sources.ts"
import { root } from "./root.ts"
import { type Following, fixed } from "./settings/following.ts"
import { type Loaded, here, load } from "./settings/load.ts"
import { defaultSettings } from "./settings/merge.ts"

const proxyVariables = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]

const usesProxy = (): boolean => proxyVariables.some((name) => (process.env[name] ?? "") !== "")

/** Node's own http and fetch go through the environment's proxy only when told to. */
const throughProxy = (): void => {
  if (usesProxy()) process.getBuiltinModule("node:http").setGlobalProxyFromEnv()
}

const program = join(root, "dist", "supervisor.js")

/** Which build a program is: its own bytes change with every chunk they name. */
const versionOf = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 16)

/** The version of the supervisor that this CLI goes with. */
export const supervisorVersion = (): string => versionOf(program)

/** The layer of a configuration. Which providers there are is settled now, their settings whenever one is asked for. */
export const layerOf = ({ last, now }: Following, prompt?: NodeRunctl.Options["prompt"]) => {
  throughProxy()
  return NodeRunctl.layer({
    sources: search(last(), process.env).sources,
    supervisor: {
      command: process.execPath,
      // A process that mostly waits is kept small rather than fast: below 100 MB, at no cost that the bench sees.
      args: ["--max-semi-space-size=1", "--optimize-for-size", program],
      version: versionOf(program),
      environment: {}
    },
    ...(prompt === undefined ? {} : { prompt }),
    settingsFor: (provider) => now().settings.providers?.[provider],
    locateSetting: (provider, path) => last().locate(["providers", provider, ...path])
  })
}

/** Every service that a command may ask for. */
export type Services = Layer.Success<ReturnType<typeof layerOf>>

/** No configuration at all: what only looks at the journal works with a broken one too. */
const bare: Loaded = { settings: defaultSettings, entries: [], project: undefined, locate: () => undefined }

/** The layer of this process. Throws a `CliFailure` when its configuration is needed and wrong. */
export const layer = (needsConfig: boolean) =>
  layerOf(fixed(needsConfig ? load(here()) : bare), canAsk() ? passphraseOf : undefined)

const passphraseOf = (file: string, isAgain: boolean) =>
  Effect.map(
    Effect.promise(() => askPassphrase(file, isAgain)),
    (said) => (said === undefined ? undefined : Redacted.make(said))
  )
