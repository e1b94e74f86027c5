/**
 * Where an endpoint leads: what it says itself, then the user's SSH configuration, then OpenSSH's defaults.
 *
 * @since 0.1.0
 */
import type { SshEndpoint } from "@runctl/core/Endpoint"
import { defaults } from "@runctl/core/Defaults"
import type { SshTarget } from "@runctl/remote/Ssh"
import * as Duration from "effect/Duration"
import { isAbsolute, join, resolve } from "node:path"
import type { HostConfig } from "./userConfig.ts"

/** What does not come from the endpoint. @category models @since 0.1.0 */
export interface Surroundings {
  readonly home: string
  readonly user: string
  readonly uid: number
  readonly hostname: string
  /** `SSH_AUTH_SOCK`. */
  readonly agent: string | undefined
  /** Keys of hosts that are ours to remember. */
  readonly ownKnownHosts: string
  /** The key that runctl made for its owner. */
  readonly ownerKey: string
  readonly configFor: (host: string, user: string | undefined) => HostConfig
}

const defaultKeys = ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_dsa"]
const askEvery = 15
const unanswered = 3
/** Jumps behind jumps behind jumps. */
const deepest = 8

const truthy = (value: string | undefined): boolean => value === "yes" || value === "true"

const numberOf = (name: string, value: string | undefined): number | undefined => {
  if (value === undefined) return undefined
  const [, amount, unit = "s"] = /^(\d+)([smhSMH]?)$/.exec(value) ?? []
  if (amount === undefined) throw new Error(`${name} is not a number in the SSH configuration: ${value}`)
  const factor = { m: 60, h: 3600 }[unit.toLowerCase()] ?? 1
  return Number(amount) * factor
}

/** `[user@]host[:port]`, also as `ssh://…`, also with an IPv6 address in brackets. @category parsing @since 0.1.0 */
export const parseJump = (text: string): { readonly host: string; readonly port?: number; readonly user?: string } => {
  const plain = text.trim().replace(/^ssh:\/\//, "")
  const [, user, bracketed, bare, port] =
    /^(?:([^@]+(?:@[^@]+)*)@)?(?:\[([^\]]+)\]|([^:[\]@]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*))(?::(\d+))?$/.exec(plain) ?? []
  const host = bracketed ?? bare
  if (host === undefined || host === "" || host.startsWith("-") || (port !== undefined && Number(port) > 65_535)) {
    throw new Error(`not a host to jump through: ${JSON.stringify(text)}`)
  }
  return {
    host,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(user === undefined ? {} : { user })
  }
}

/** Replaces OpenSSH's percent tokens and a leading `~`. */
const expand = (text: string, tokens: Readonly<Record<string, string>>): string =>
  text
    .replace(/^~(?=\/|$)/, tokens["d"] ?? "~")
    .replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => process.env[name] ?? whole)
    .replaceAll(/%(.)/g, (whole, letter: string) => (letter === "%" ? "%" : (tokens[letter] ?? whole)))

const withoutEmpty = (values: ReadonlyArray<string>): ReadonlyArray<string> =>
  values.filter((value) => value !== "" && value.toLowerCase() !== "none")

/** Only what the endpoint says, with the key runctl made. */
const forOwner = (endpoint: SshEndpoint, around: Surroundings): SshTarget => ({
  host: endpoint.host,
  port: endpoint.port ?? 22,
  user: endpoint.user ?? around.user,
  hostKeyName: endpoint.hostKeyName,
  hostKey: endpoint.hostKey,
  ...(endpoint.nextHostKey === undefined ? {} : { nextHostKey: endpoint.nextHostKey }),
  knownHostsFiles: [around.ownKnownHosts],
  isStrict: false,
  identityFiles: [{ path: around.ownerKey, isExplicit: true }],
  identitiesOnly: true,
  agent: undefined,
  jump: (endpoint.jump ?? []).map((text) => targetOf({ _tag: "Ssh", ...parseJump(text), login: "user" }, around)),
  proxyCommand: undefined,
  keepAliveSeconds: askEvery,
  keepAliveCount: unanswered,
  connectSeconds: Duration.toSeconds(defaults.connect)
})

const jumpsOf = (
  endpoint: SshEndpoint,
  config: HostConfig,
  around: Surroundings,
  depth: number
): ReadonlyArray<SshTarget> => {
  const named = endpoint.jump ?? withoutEmpty((config.get("proxyjump")?.[0] ?? "").split(","))
  if (named.length > 0 && depth >= deepest) throw new Error(`the jumps to ${endpoint.host} lead in a circle`)
  return named.flatMap((text, index) => {
    const hop = targetOf({ _tag: "Ssh", ...parseJump(text), login: "user" }, around, depth + 1)
    // The first one is reached as its own configuration says, each further one through the one before.
    return index === 0 ? [...hop.jump, { ...hop, jump: [] }] : [{ ...hop, jump: [], proxyCommand: undefined }]
  })
}

/**
 * Where an endpoint leads.
 *
 * **Errors**  throws when the configuration cannot be followed.
 *
 * @category decisions
 * @since 0.1.0
 */
export const targetOf = (endpoint: SshEndpoint, around: Surroundings, depth = 0): SshTarget => {
  if (endpoint.login !== "user") return forOwner(endpoint, around)
  const config = around.configFor(endpoint.host, endpoint.user)
  const one = (name: string): string | undefined => config.get(name)?.[0]
  const port = endpoint.port ?? numberOf("Port", one("port")) ?? 22
  const user = endpoint.user ?? one("user") ?? around.user
  const first = { h: endpoint.host, n: endpoint.host, d: around.home, u: around.user, i: String(around.uid) }
  const host = expand(one("hostname") ?? endpoint.host, first)
  const alias = endpoint.hostKeyName ?? one("hostkeyalias")
  const tokens = {
    ...first,
    h: host,
    p: String(port),
    r: user,
    k: alias ?? endpoint.host,
    l: around.hostname,
    L: around.hostname.split(".")[0] ?? ""
  }
  const path = (name: string): string => {
    const full = expand(name, tokens)
    return isAbsolute(full) ? full : resolve(full)
  }
  const named = [
    ...(endpoint.identityFile === undefined ? [] : [endpoint.identityFile]),
    ...withoutEmpty(config.get("identityfile") ?? [])
  ]
  const folder = join(around.home, ".ssh")
  const files = (name: string, otherwise: ReadonlyArray<string>): ReadonlyArray<string> =>
    withoutEmpty(config.get(name) ?? otherwise).map(path)
  const agent = one("identityagent") ?? around.agent
  const proxy = one("proxycommand")
  const jump = jumpsOf(endpoint, config, around, depth)
  return {
    host,
    port,
    user,
    hostKeyName: alias,
    hostKey: endpoint.hostKey,
    knownHostsFiles: [
      ...files("userknownhostsfile", [join(folder, "known_hosts"), join(folder, "known_hosts2")]),
      ...files("globalknownhostsfile", ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]),
      around.ownKnownHosts
    ],
    isStrict: truthy(one("stricthostkeychecking")),
    identityFiles:
      named.length > 0
        ? named.map((name) => ({ path: path(name), isExplicit: true }))
        : defaultKeys.map((name) => ({ path: join(folder, name), isExplicit: false })),
    identitiesOnly: truthy(one("identitiesonly")),
    agent: agent === undefined || agent === "none" ? undefined : agent === "SSH_AUTH_SOCK" ? around.agent : path(agent),
    jump,
    proxyCommand:
      jump.length > 0 || proxy === undefined || proxy.toLowerCase() === "none" ? undefined : expand(proxy, tokens),
    keepAliveSeconds: numberOf("ServerAliveInterval", one("serveraliveinterval")) || askEvery,
    keepAliveCount: numberOf("ServerAliveCountMax", one("serveralivecountmax")) || unanswered,
    connectSeconds: numberOf("ConnectTimeout", one("connecttimeout")) || Duration.toSeconds(defaults.connect)
  }
}
