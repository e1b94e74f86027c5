import type { Box } from "../../test/harness/Box.ts"

/** A module that is a plugin, as far as a look at it tells. */
export const working = 'export const plugin = { api: 1, name: "good", layer: {} }\n'

/** A provider's package in the project, nothing but its description and a module. */
export const provider = (
  box: Box,
  name: string,
  module: string,
  change: Readonly<Record<string, unknown>> = {}
): void => {
  const capabilities = {
    spot: "none",
    stop: "nothing",
    idempotency: "name",
    userData: "none",
    endAction: "stopsJobOnly",
    runMode: "machine",
    groupCreate: false
  }
  const credentials = { environment: ["GOOD_TOKEN"], files: ["~/.good"] }
  const runctl = { api: 1, kind: "provider", provider: "./index.js", name, title: name, capabilities, credentials }
  const described = {
    name: `runctl-plugin-${name}`,
    version: "1.2.3",
    type: "module",
    runctl: { ...runctl, ...change }
  }
  box.file(`${name}/package.json`, JSON.stringify(described))
  box.file(`${name}/index.js`, module)
}
