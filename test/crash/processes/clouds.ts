/**
 * The clouds that histories with real processes are played against.
 */
import * as Emulator from "@runctl/testkit/Emulator"

/** Which requests of a cloud are those that matter. */
export interface Asked {
  readonly method: string
  readonly path: RegExp
  readonly body?: (body: unknown) => boolean
}

/** One emulated cloud, and how its requests look from outside. */
export interface StruckCloud {
  readonly emulate: (options: {
    readonly seed: number
    readonly machines: "ssh"
    readonly openApi?: string
  }) => Promise<Emulator.Emulated>
  /** What `runctl create` is told to rent. */
  readonly rents: ReadonlyArray<string>
  readonly create: Asked
  readonly terminate: Asked
  /** Where machines can be stopped and started. */
  readonly power?: { readonly stop: Asked; readonly start: Asked }
  readonly read: Asked
  /** How long somebody waits between two sweeps: where few requests a minute are allowed, a while. 500 without it. */
  readonly sweepsEveryMillis?: number
  /** Of the provider, where it needs some. */
  readonly settings?: Readonly<Record<string, unknown>>
}

const droplet = (path: RegExp, method: string): Asked => ({ method, path })

const droplets: StruckCloud = {
  emulate: Emulator.digitalocean,
  rents: ["s-1vcpu-1gb"],
  create: droplet(/\/droplets$/, "POST"),
  terminate: droplet(/\/droplets\/\d+$/, "DELETE"),
  power: { stop: droplet(/\/droplets\/\d+\/actions$/, "POST"), start: droplet(/\/droplets\/\d+\/actions$/, "POST") },
  read: droplet(/\/droplets/, "GET")
}

const vm = (path: RegExp, method: string): Asked => ({ method, path })

const vms: StruckCloud = {
  emulate: Emulator.lyceum,
  rents: ["l40s.1x"],
  create: vm(/\/vms\/create$/, "POST"),
  terminate: vm(/\/vms\/[^/]+$/, "DELETE"),
  read: vm(/\/vms\//, "GET")
}

const pod = (path: RegExp, method: string): Asked => ({ method, path })

const pods: StruckCloud = {
  emulate: Emulator.runpod,
  rents: ["--gpu", "A4000"],
  create: pod(/\/pods$/, "POST"),
  terminate: pod(/\/pods\/[^/]+$/, "DELETE"),
  power: { stop: pod(/\/action$/, "POST"), start: pod(/\/action$/, "POST") },
  read: pod(/\/pods/, "GET"),
  sweepsEveryMillis: 5000
}

const instance = (path: RegExp, method: string): Asked => ({ method, path })

const instances: StruckCloud = {
  emulate: (options) => Emulator.vastai({ ...options, limitsRates: false }),
  rents: ["m1101-1x-rtx-3060"],
  create: instance(/\/asks\/\d+\/$/, "PUT"),
  terminate: instance(/\/instances\/\d+\/$/, "DELETE"),
  power: { stop: instance(/\/instances\/\d+\/$/, "PUT"), start: instance(/\/instances\/\d+\/$/, "PUT") },
  read: instance(/\/instances\//, "GET"),
  // Nobody waits here for the documented time between two calls.
  settings: { pace: 0.01 }
}

const acted = (action: string): Asked => ({
  method: "PUT",
  path: /\/instances$/,
  body: (body) => typeof body === "object" && body !== null && "action" in body && body.action === action
})

const servers: StruckCloud = {
  emulate: Emulator.verda,
  rents: ["CPU.4V.16G"],
  create: { method: "POST", path: /\/instances$/ },
  terminate: acted("delete"),
  power: { stop: acted("shutdown"), start: acted("start") },
  read: { method: "GET", path: /\/instances/ },
  sweepsEveryMillis: 5000
}

/** EC2's requests are forms, and all go to one address. */
const asksFor = (...actions: ReadonlyArray<string>): Asked => ({
  method: "POST",
  path: /^\/$/,
  body: (body) => typeof body === "string" && actions.some((action) => body.includes(`Action=${action}&`))
})

const ec2: StruckCloud = {
  emulate: Emulator.aws,
  rents: ["--spot"],
  create: asksFor("RunInstances"),
  terminate: asksFor("TerminateInstances"),
  read: asksFor("DescribeInstances", "DescribeSecurityGroups")
}

/** By the name of the provider. */
export const clouds = {
  aws: ec2,
  digitalocean: droplets,
  lyceum: vms,
  runpod: pods,
  vastai: instances,
  verda: servers
} satisfies Readonly<Record<string, StruckCloud>>

export type CloudName = keyof typeof clouds

export const cloudNames: ReadonlyArray<CloudName> = ["aws", "digitalocean", "lyceum", "runpod", "vastai", "verda"]

/** The cloud of a name that somebody has typed. */
export const cloudCalled = (name: string): CloudName => {
  const found = cloudNames.find((each) => each === name)
  if (found === undefined) throw new Error(`there is no cloud "${name}": there are ${cloudNames.join(", ")}`)
  return found
}
