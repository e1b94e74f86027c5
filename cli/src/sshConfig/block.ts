/**
 * Machines as `Host` blocks of OpenSSH's configuration.
 */
import type { SshTarget } from "@runctl/remote/Ssh"
import * as Result from "effect/Result"

/** One machine, by the name that stands behind `runctl-`. */
export interface Host {
  readonly name: string
  readonly target: SshTarget
}

/** What does not come from the targets. */
export interface Around {
  /** Where pinned keys are written, for OpenSSH to find. */
  readonly pinnedKeys: string
  /** `SSH_AUTH_SOCK`: what OpenSSH uses anyway. */
  readonly agent: string | undefined
}

/** What is written: blocks, keys for the file of pinned ones, and what cannot be written. */
export interface Written {
  readonly blocks: string
  readonly pinned: string
  readonly names: ReadonlyArray<string>
  readonly refused: ReadonlyArray<{ readonly name: string; readonly why: string }>
}

const hostAliasOf = (name: string): string => `runctl-${name}`

/** Nothing that ends a line, a word or a pair of quotes, and nothing that OpenSSH would replace. */
const isPlain = (text: string): boolean => /^[^\u0000-\u001F\u007F"\\]+$/.test(text) && !text.includes("${")

const isAddress = (text: string): boolean => /^[A-Za-z0-9._:%-]+$/.test(text) && !text.startsWith("-")
/** A machine of a cloud is known by its id, which has slashes. */
const isKeyName = (text: string): boolean => isAddress(text.replaceAll("/", ""))
const isUser = (text: string): boolean => /^[^\s"'\\%#$;&<>|()`{}*?]+$/.test(text) && !text.startsWith("-")

/** A value in which OpenSSH replaces what follows a percent sign. */
const literal = (text: string): string => text.replaceAll("%", "%%")

const word = (text: string): string => (/^[A-Za-z0-9_./:@+,=-]+$/.test(text) ? text : `"${text}"`)

type Line = readonly [keyword: string, value: string]

/** Why a target cannot be written down, if it cannot. */
const problemOf = ({
  agent,
  host,
  hostKey,
  hostKeyName,
  identityFiles,
  knownHostsFiles,
  proxyCommand,
  user
}: SshTarget) => {
  if (!isAddress(host)) return `the address ${JSON.stringify(host)} has characters that addresses do not have`
  if (!isUser(user)) return `the user ${JSON.stringify(user)} has characters that have a meaning in the file`
  if (hostKeyName !== undefined && !isKeyName(hostKeyName)) return `its key's name ${JSON.stringify(hostKeyName)}`
  if (hostKey !== undefined && !/^(ssh|ecdsa|sk)-[a-z0-9@.-]+ AAAA[A-Za-z0-9+/=]+( |$)/.test(hostKey.trim()))
    return "its host key is none"
  const paths = [...identityFiles.map(({ path }) => path), ...knownHostsFiles, ...(agent === undefined ? [] : [agent])]
  const odd = paths.find((path) => !isPlain(path))
  if (odd !== undefined) return `the path ${JSON.stringify(odd)} has characters that have a meaning in the file`
  if (proxyCommand !== undefined && /[\u0000-\u001F\u007F]/.test(proxyCommand))
    return "its ProxyCommand has several lines"
  return undefined
}

const pinnedOf = (hostKey: string): string => hostKey.trim().split(/\s+/).slice(0, 2).join(" ")

/** Which agent is asked; nothing where OpenSSH asks the same by itself. */
const agentOf = ({ agent }: SshTarget, around: Around): ReadonlyArray<Line> => {
  if (agent === around.agent) return []
  return [["IdentityAgent", agent === undefined ? "none" : word(literal(agent))]]
}

const identities = (target: SshTarget, around: Around): ReadonlyArray<Line> => [
  // Where nobody named one, OpenSSH tries the same by itself.
  ...target.identityFiles
    .filter(({ isExplicit }) => isExplicit)
    .map(({ path }): Line => ["IdentityFile", word(literal(path))]),
  ...(target.identitiesOnly ? [["IdentitiesOnly", "yes"] as const] : []),
  ...agentOf(target, around)
]

const hostKeys = (
  alias: string,
  { hostKey, hostKeyName, knownHostsFiles }: SshTarget,
  around: Around
): ReadonlyArray<Line> =>
  hostKey === undefined
    ? [
        ["UserKnownHostsFile", knownHostsFiles.map((file) => word(literal(file))).join(" ")],
        ...(hostKeyName === undefined ? [] : [["HostKeyAlias", hostKeyName] as const]),
        ["StrictHostKeyChecking", "yes"]
      ]
    : [
        ["UserKnownHostsFile", word(literal(around.pinnedKeys))],
        ["GlobalKnownHostsFile", "none"],
        ["HostKeyAlias", alias],
        ["StrictHostKeyChecking", "yes"]
      ]

/** Both are named where there is none: OpenSSH would take the one left out from the user's own configuration. */
const wayTo = (jumps: ReadonlyArray<string>, { proxyCommand }: SshTarget): ReadonlyArray<Line> => {
  if (jumps.length > 0) return [["ProxyJump", jumps.join(",")]]
  return [
    ["ProxyCommand", proxyCommand === undefined ? "none" : literal(proxyCommand)],
    ["ProxyJump", "none"]
  ]
}

const block = (alias: string, target: SshTarget, jumps: ReadonlyArray<string>, around: Around): string => {
  const lines: ReadonlyArray<Line> = [
    ["HostName", literal(target.host)],
    ["Port", String(target.port)],
    ["User", target.user],
    ...identities(target, around),
    ...hostKeys(alias, target, around),
    ...wayTo(jumps, target),
    ["ServerAliveInterval", String(target.keepAliveSeconds)],
    ["ServerAliveCountMax", String(target.keepAliveCount)]
  ]
  return [`Host ${alias}`, ...lines.map(([keyword, value]) => `  ${keyword} ${value}`), ""].join("\n")
}

/** The blocks of one machine: its own, and one for each host on the way. */
const blocksOf = ({ name, target }: Host, around: Around): Result.Result<ReadonlyArray<string>, string> => {
  const alias = hostAliasOf(name)
  const hops = target.jump.map((hop, index) => ({ hop, alias: `${alias}+jump${index + 1}` }))
  const problem = [target, ...target.jump].map(problemOf).find((each) => each !== undefined)
  if (problem !== undefined) return Result.fail(problem)
  return Result.succeed([
    ...hops.map((each) => block(each.alias, each.hop, [], around)),
    block(
      alias,
      target,
      hops.map((each) => each.alias),
      around
    )
  ])
}

const pinnedLines = ({ name, target }: Host): ReadonlyArray<string> =>
  [target, ...target.jump].flatMap(({ hostKey }, index) =>
    hostKey === undefined ? [] : [`${hostAliasOf(name)}${index === 0 ? "" : `+jump${index}`} ${pinnedOf(hostKey)}`]
  )

const heading = `# Written by \`runctl ssh-config\`, anew each time: what is changed here is lost.\n`

/** Everything that is to be written for some machines. */
export const renderConfig = (hosts: ReadonlyArray<Host>, around: Around): Written => {
  const all = hosts.map((host) => ({ host, result: blocksOf(host, around) }))
  const good = all.flatMap(({ host, result }) => (Result.isSuccess(result) ? [{ host, blocks: result.success }] : []))
  const lines = good.flatMap(({ host }) => pinnedLines(host))
  return {
    blocks: [heading, ...good.flatMap(({ blocks }) => blocks)].join("\n"),
    pinned: lines.length === 0 ? "" : `${lines.join("\n")}\n`,
    names: good.map(({ host }) => host.name),
    refused: all.flatMap(({ host, result }) =>
      Result.isFailure(result) ? [{ name: host.name, why: result.failure }] : []
    )
  }
}
