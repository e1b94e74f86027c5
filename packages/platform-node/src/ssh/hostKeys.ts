/**
 * Whether the key a host shows is the right one.
 *
 * @since 0.1.0
 */
import type { HostKeyPolicy, SshTarget } from "@runctl/remote/Ssh"
import { createHash } from "node:crypto"
import * as KnownHosts from "./knownHosts.ts"

/** How a host's key was found to be right. @category models @since 0.1.0 */
export type Trust = "pinned" | "known" | "firstUse" | "unverified"

/** Whether a key is accepted, and if not, why. @category models @since 0.1.0 */
export type Answer =
  | { readonly accepted: true; readonly trust: Trust }
  | { readonly accepted: false; readonly why: string }

/** What `ssh-keygen -l` prints. @category formatting @since 0.1.0 */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`

const typeOf = (key: Buffer): string => key.subarray(4, 4 + key.readUInt32BE(0)).toString()

/** Signature algorithms for a kind of key. */
const algorithmsOf = (type: string): ReadonlyArray<string> =>
  type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [type]

/** In the order in which they are asked for. */
const all = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa"
] as const
type Algorithm = (typeof all)[number]

const pinnedKey = (hostKey: string): { readonly type: string; readonly key: string } => {
  const [type = "", key = ""] = hostKey.trim().split(/\s+/)
  return { type, key }
}

const fullName = ({ host, port }: SshTarget): string => (port === 22 ? host : `[${host}]:${port}`)

/** Judges the keys of one target. @category constructors @since 0.1.0 */
export const forTarget = (target: SshTarget, policy: HostKeyPolicy) => {
  const { host, port, hostKeyName, hostKey, nextHostKey, knownHostsFiles, isStrict } = target
  const names = KnownHosts.namesOf(host, port, hostKeyName)
  const known = KnownHosts.read(knownHostsFiles, names)
  // A key that is known for the host on the usual port is as good on another one.
  const onUsualPort =
    hostKeyName === undefined && port !== 22 ? KnownHosts.read(knownHostsFiles, [host.toLowerCase()]) : []
  const pinned = hostKey === undefined ? undefined : pinnedKey(hostKey)
  const next = nextHostKey === undefined ? undefined : pinnedKey(nextHostKey)
  const types =
    pinned === undefined
      ? [...known, ...onUsualPort].filter(({ marker }) => marker === undefined).map(({ type }) => type)
      : [pinned.type, ...(next === undefined ? [] : [next.type])]
  const first = all.filter((algorithm) => types.some((type) => algorithmsOf(type).includes(algorithm)))

  const refusal = (key: Buffer, said: string): Answer => ({
    accepted: false,
    why: `${fullName(target)} shows the ${typeOf(key)} key ${fingerprint(key)}, ${said}`
  })

  return {
    /** Kinds of key to ask for: those that are known first, only that one when it is pinned. */
    algorithms: ((): ReadonlyArray<Algorithm> =>
      pinned === undefined
        ? [...first, ...all.filter((each) => !first.includes(each))]
        : first.length > 0
          ? first
          : all)(),

    judge: (key: Buffer): Answer => {
      const base64 = key.toString("base64")
      const verdict = KnownHosts.judge(known, base64)
      if (policy === "insecure") return { accepted: true, trust: "unverified" }
      if (verdict._tag === "Revoked") {
        return refusal(
          key,
          `which is revoked in ${verdict.known.file}:${verdict.known.line}: somebody else may be behind it`
        )
      }
      if (pinned !== undefined) {
        return base64 === pinned.key || base64 === next?.key
          ? { accepted: true, trust: "pinned" }
          : refusal(key, "which is not the one its provider told: somebody else may answer in its place")
      }
      switch (verdict._tag) {
        case "Known":
          return { accepted: true, trust: "known" }
        case "Changed": {
          const { file, line } = verdict.known
          return refusal(
            key,
            `and ${file}:${line} knows another one: it was set up anew, or somebody else answers in its place. ` +
              `If you know that it changed, remove that line (\`ssh-keygen -R '${names[0] ?? host}' -f ${file}\`)`
          )
        }
        case "Unknown":
          if (KnownHosts.judge(onUsualPort, base64)._tag === "Known") return { accepted: true, trust: "known" }
          if (isStrict) {
            return refusal(
              key,
              "which is not known, and StrictHostKeyChecking takes no new ones: connect once with ssh"
            )
          }
          KnownHosts.remember(knownHostsFiles.at(-1) ?? "", names[0] ?? host, typeOf(key), base64)
          return { accepted: true, trust: "firstUse" }
      }
    }
  } as const
}
