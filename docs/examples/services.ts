import type { ProviderSource } from "@runctl/core/ProviderRegistry"
import { ProviderManifest } from "@runctl/core/ProviderManifest"
import * as NodeRunctl from "@runctl/platform-node/NodeRunctl"
import localPackage from "@runctl/plugin-local/package.json" with { type: "json" }
import * as Schema from "effect/Schema"
import { fileURLToPath } from "node:url"

/** The providers this program knows. The code of one is loaded when it is first used. */
const local: ProviderSource = {
  origin: "bundled",
  manifest: Schema.decodeUnknownSync(ProviderManifest)(localPackage.runctl),
  trusted: true,
  load: () => import("@runctl/plugin-local")
}

/** What our supervisor answers to: change it with every release, so that an older one is replaced. */
export const version = "training-service-1"

/** Every service of runctl. */
export const layer = NodeRunctl.layer({
  sources: [local],
  supervisor: {
    command: process.execPath,
    args: [...process.execArgv, fileURLToPath(new URL("supervisor.ts", import.meta.url))],
    environment: {},
    version
  },
  settingsFor: () => undefined
})
