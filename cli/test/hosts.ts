import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { SshMachine } from "@runctl/testkit/SshMachine"
import type { Box } from "../../test/harness/Box.ts"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const moduleAt = (name: string): string => pathToFileURL(join(root, name)).href

/** A provider whose machines are hosts out of a file, each for one at a time. */
const plugin = (list: string): string => `
import * as Effect from "${moduleAt("node_modules/effect/dist/Effect.js")}"
import * as Layer from "${moduleAt("node_modules/effect/dist/Layer.js")}"
import * as DateTime from "${moduleAt("node_modules/effect/dist/DateTime.js")}"
import { PluginContext } from "${moduleAt("packages/core/src/ProviderPlugin.ts")}"
import { TrainingProvider } from "${moduleAt("packages/core/src/TrainingProvider.ts")}"
import * as ProviderError from "${moduleAt("packages/core/src/ProviderError.ts")}"
import * as Ownership from "${moduleAt("packages/core/src/Ownership.ts")}"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
const hosts = () => JSON.parse(readFileSync(${JSON.stringify(list)}, "utf8"))
const failing = (operation, reason) => new ProviderError.ProviderError({ provider: "hosts", operation, reason })
const make = Effect.gen(function* () {
  const { home, owner } = yield* PluginContext
  const file = home + "/claimed.json"
  const claimed = () => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [])
  const save = (all) => (mkdirSync(home, { recursive: true }), writeFileSync(file, JSON.stringify(all)))
  const view = ({ mark, type }) => ({
    id: "hosts/lab/" + type, key: mark.key, owner, tags: Ownership.toTags(mark), costPerHour: 0, instanceType: type,
    state: { _tag: "Running" }, launchTime: DateTime.makeUnsafe(0)
  })
  const find = (operation, id) => {
    const found = claimed().find(({ type }) => "hosts/lab/" + type === id)
    return found ? Effect.succeed(view(found)) : Effect.fail(failing(operation, new ProviderError.NotFound({ message: "no " + id })))
  }
  const offers = Effect.sync(() => Object.keys(hosts()).filter((name) => !claimed().some(({ type }) => type === name)).map((name) => ({
    provider: "hosts", region: "lab", instanceType: name, gpuCount: 0, vcpus: 1, memoryGiB: 1, diskGiB: 1,
    onDemandUsdPerHour: 0, available: true, source: "a file", asOf: DateTime.makeUnsafe(Date.now())
  })))
  return TrainingProvider.of({
    name: "hosts",
    capabilities: ${JSON.stringify({
      spot: "none",
      stop: "nothing",
      idempotency: "name",
      userData: "none",
      endAction: "stopsJobOnly",
      runMode: "machine",
      groupCreate: false
    })},
    offers: (query) => Effect.map(offers, (all) => all.filter(({ instanceType }) => (query.instanceType ?? instanceType) === instanceType)),
    estimateCost: () => Effect.succeed(0),
    billing: () => Effect.succeed([]),
    createResource: ({ mark, offer }) => Effect.sync(() => {
      const made = { mark, type: offer.instanceType }
      save([...claimed(), made])
      return view(made)
    }),
    getResource: (id) => find("getResource", id),
    listResources: Effect.sync(() => claimed().map(view)),
    companions: { list: Effect.succeed([]), remove: () => Effect.void },
    startResource: (id) => find("startResource", id),
    stopResource: (id) => find("stopResource", id),
    terminate: (id) => Effect.sync(() => save(claimed().filter(({ type }) => "hosts/lab/" + type !== id))),
    endpoint: ({ id }) => Effect.sync(() => hosts()[id.split("/")[2]]),
    endActionScript: () => undefined,
    preemptionProbe: undefined,
    preemptionEvidence: () => Effect.succeed({ preempted: "no", message: "" })
  })
})
export const plugin = { api: 1, name: "hosts", layer: Layer.effect(TrainingProvider, make) }
`

const description = {
  name: "runctl-plugin-hosts",
  version: "1.0.0",
  type: "module",
  runctl: {
    api: 1,
    kind: "provider",
    provider: "./index.js",
    name: "hosts",
    title: "hosts",
    capabilities: {
      spot: "none",
      stop: "nothing",
      idempotency: "name",
      userData: "none",
      endAction: "stopsJobOnly",
      runMode: "machine",
      groupCreate: false
    },
    credentials: { environment: [], files: [] }
  }
}

/** What is known of a host beside its address. */
export type Facts = Readonly<Record<string, unknown>>

/** Public keys of others that open the hosts of a box. */
export const authorizedKeys = (box: Box): string => join(box.folder, "authorized_keys")

/** Makes hosts the machines of a provider called `hosts`; each is a type of its own, by its name. */
const offerHosts = (box: Box, endpoints: Readonly<Record<string, Facts>>): void => {
  const folder = join(box.folder, "hosts-plugin")
  const list = join(folder, "hosts.json")
  mkdirSync(folder, { recursive: true })
  writeFileSync(list, JSON.stringify(endpoints))
  writeFileSync(join(folder, "package.json"), JSON.stringify(description))
  writeFileSync(join(folder, "index.js"), plugin(list))
  const config = join(box.folder, "user", ".config", "runctl")
  mkdirSync(config, { recursive: true })
  writeFileSync(join(config, "config.yaml"), `plugins:\n  - ${folder}\n`)
}

/** Starts hosts by their names, takes each as a machine with its name as its label, and ends them whatever happens. */
export const onHosts = async (
  box: Box,
  names: ReadonlyArray<string>,
  body: (hosts: ReadonlyArray<SshMachine>) => Promise<void>,
  facts: (host: SshMachine, name: string) => Facts = ({ hostKey }) => ({ hostKey })
): Promise<void> => {
  const config = [`AuthorizedKeysFile ${join(box.home, "machines", "id_ed25519.pub")} ${authorizedKeys(box)}`]
  const hosts: Array<SshMachine> = []
  try {
    for (const _ of names) hosts.push(await SshMachine.start({ config }))
    const endpoints = hosts.map((host, index): readonly [string, Facts] => {
      const { home, port, user } = host
      const name = names[index] ?? ""
      return [name, { _tag: "Ssh", host: "127.0.0.1", port, user, directory: home, ...facts(host, name) }]
    })
    offerHosts(box, Object.fromEntries(endpoints))
    for (const name of names) {
      const { code, stderr } = await box.run(["create", name, "--provider", "hosts", "--name", name, "--yes"])
      if (code !== 0) throw new Error(stderr)
    }
    await body(hosts)
  } finally {
    for (const host of hosts) await host.close()
  }
}
