/**
 * The keys to show a machine, in the order in which they are shown.
 *
 * @since 0.1.0
 */
import type { SshTarget } from "@runctl/remote/Ssh"
import ssh2, { type BaseAgent, type ParsedKey } from "ssh2"
import { look, type SigningKey, unlock } from "./privateKeys.ts"

/** One key to show. It is asked to sign only once the machine has said that it takes it. @category models @since 0.1.0 */
export interface Candidate {
  readonly name: string
  readonly blob: Buffer
  readonly sign: (data: Buffer, hash: string | undefined) => Promise<Buffer>
  /** Whether signing has to ask somebody first. */
  readonly needsPassphrase: boolean
}

/** The keys, and why others are not among them. @category models @since 0.1.0 */
export interface Identities {
  readonly candidates: ReadonlyArray<Candidate>
  readonly notes: ReadonlyArray<string>
}

/** Asks for the passphrase of a file; nothing when nobody can tell it. @category models @since 0.1.0 */
export type AskPassphrase = (file: string, isAgain: boolean) => Promise<string | undefined>

const tries = 3

const agentKeys = (agent: BaseAgent): Promise<ReadonlyArray<ParsedKey>> =>
  new Promise((resolve, reject) => {
    agent.getIdentities((error, keys) => {
      if (error) reject(error)
      else {
        const parsed = (keys ?? []).map((key) => (typeof key === "object" && "getPublicSSH" in key ? key : undefined))
        resolve(parsed.filter((key) => key !== undefined))
      }
    })
  })

const fromAgent = (agent: BaseAgent, key: ParsedKey): Candidate => ({
  name: `the agent's ${key.type} ${key.comment}`.trim(),
  needsPassphrase: false,
  blob: key.getPublicSSH(),
  sign: (data, hash) =>
    new Promise((resolve, reject) => {
      const done = (error?: Error | null, signature?: Buffer | string): void => {
        if (signature === undefined) reject(error ?? new Error("the agent does not sign"))
        else resolve(Buffer.from(signature))
      }
      if (hash === "sha256" || hash === "sha512") agent.sign(key, data, { hash }, done)
      else agent.sign(key, data, {}, done)
    })
})

const unlocked = async (file: string, text: string, ask: AskPassphrase): Promise<SigningKey> => {
  for (let attempt = 0; attempt < tries; attempt++) {
    const passphrase = await ask(file, attempt > 0)
    if (passphrase === undefined) break
    const key = unlock(text, passphrase)
    if (typeof key === "object") return key
  }
  throw new Error(`${file} is encrypted, and its passphrase was not given; \`ssh-add ${file}\` lets the agent hold it`)
}

/**
 * The keys for a target: the named ones first (from the agent, when it holds them), then the rest of the agent's, then
 * the ones that are only tried because they are where keys usually lie.
 *
 * **Errors**  throws when a key that was named can be read by others, or is none.
 *
 * @category constructors
 * @since 0.1.0
 */
export const identitiesFor = async (target: SshTarget, ask: AskPassphrase): Promise<Identities> => {
  const notes: Array<string> = []
  const agent = target.agent === undefined ? undefined : ssh2.createAgent(target.agent)
  const held =
    agent === undefined
      ? []
      : await agentKeys(agent).catch((error: unknown) => {
          notes.push(
            `the agent at ${target.agent} does not answer: ${error instanceof Error ? error.message : String(error)}`
          )
          return []
        })
  const fromHeld = (blob: Buffer | undefined): Candidate | undefined => {
    const key = blob === undefined ? undefined : held.find((each) => each.getPublicSSH().equals(blob))
    return agent === undefined || key === undefined ? undefined : fromAgent(agent, key)
  }

  const candidateOf = async (path: string, isExplicit: boolean): Promise<Candidate | undefined> => {
    const found = look(path)
    switch (found._tag) {
      case "Missing":
        if (isExplicit) notes.push(`${path} does not exist`)
        return undefined
      case "Unusable": {
        const said = found.tryThis === undefined ? found.why : `${found.why}: run \`${found.tryThis}\``
        if (isExplicit) throw new Error(said)
        notes.push(said)
        return undefined
      }
      case "PublicOnly": {
        const candidate = fromHeld(found.blob)
        if (candidate === undefined) notes.push(`${path} is a public key, and no agent holds the other half`)
        return candidate
      }
      case "Plain":
        return (
          fromHeld(found.key.blob) ?? {
            name: path,
            needsPassphrase: false,
            blob: found.key.blob,
            sign: (data, hash) => Promise.resolve(found.key.sign(data, hash))
          }
        )
      case "Encrypted": {
        const candidate = fromHeld(found.blob)
        if (candidate !== undefined) return candidate
        const { blob, text } = found
        if (blob !== undefined) {
          return {
            name: path,
            needsPassphrase: true,
            blob,
            sign: async (data, hash) => (await unlocked(path, text, ask)).sign(data, hash)
          }
        }
        // Its public half is not known without the passphrase.
        const key = await unlocked(path, text, ask).catch((error: unknown) => {
          notes.push(error instanceof Error ? error.message : String(error))
          return undefined
        })
        if (key === undefined) return undefined
        return {
          name: path,
          needsPassphrase: false,
          blob: key.blob,
          sign: (data, hash) => Promise.resolve(key.sign(data, hash))
        }
      }
    }
  }

  const named: Array<Candidate> = []
  const usual: Array<Candidate> = []
  for (const { path, isExplicit } of target.identityFiles) {
    const candidate = await candidateOf(path, isExplicit)
    if (candidate !== undefined) (isExplicit ? named : usual).push(candidate)
  }
  const others = agent === undefined || target.identitiesOnly ? [] : held.map((key) => fromAgent(agent, key))
  const seen = new Set<string>()
  const candidates = [...named, ...others, ...usual].filter(({ blob }) => {
    const id = blob.toString("base64")
    return !seen.has(id) && seen.add(id) !== undefined
  })
  return { candidates, notes }
}
