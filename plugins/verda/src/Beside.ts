/**
 * What is made beside instances and outlives them unless somebody removes it: start-up scripts, disks and keys.
 *
 * @since 0.1.0
 */
import type { CloudApi as Client } from "@runctl/core/CloudApi"
import type { Cause } from "@runctl/core/CloudFailure"
import * as Ownership from "@runctl/core/Ownership"
import type { Companion } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import * as Answers from "./Answers.ts"
import { isGone } from "./Failures.ts"
import type { Memory } from "./Memory.ts"

/**
 * What is beside instances in a project.
 *
 * @category models
 * @since 0.1.0
 */
export interface Beside {
  /** The id of a registered key; it is registered when nobody has done so. */
  readonly key: (owner: Ownership.OwnerId, publicKey: string) => Effect.Effect<string, Cause>
  /** What is remembered of a key turned out to be wrong. */
  readonly forgetKey: (publicKey: string) => Effect.Effect<void>
  /** The id of the script of a mark with this text; it is stored when it is not there. */
  readonly script: (mark: Ownership.Mark, text: string) => Effect.Effect<string, Cause>
  readonly removeScript: (id: string) => Effect.Effect<void, Cause>
  /** Removes whatever carries the key of a machine that is gone: scripts, and disks that are attached to nothing. */
  readonly clear: (mark: Ownership.Mark) => Effect.Effect<void, Cause>
  readonly companions: Effect.Effect<ReadonlyArray<Companion>, Cause>
  readonly remove: (companion: string) => Effect.Effect<void, Cause>
}

const isOwner = Schema.is(Ownership.OwnerId)

/** The part of a public key that opens something: not its comment. @category accessors @since 0.1.0 */
export const materialOf = (publicKey: string): string => publicKey.trim().split(/\s+/, 2).join(" ")

/** What a key of an owner's is called. @category formatting @since 0.1.0 */
export const keyNameFor = (owner: Ownership.OwnerId): string => `runctl-${owner}`

const ownerOf = (name: string): Ownership.OwnerId | undefined => {
  const [, owner] = /^runctl-([a-z0-9]{8})$/.exec(name) ?? []
  return isOwner(owner) ? owner : undefined
}

/** The longest page there is. */
const pageSize = 100

/** A project has that many scripts at most; a list that never ends is none. */
const mostPages = 110

const kinds = { script: "/v1/scripts", volume: "/v1/volumes", "ssh-key": "/v1/ssh-keys" } as const

type Kind = keyof typeof kinds

const marked = (kind: Kind, id: string, name: string): ReadonlyArray<Companion> => {
  const mark = Ownership.fromName(name)
  return mark === undefined ? [] : [{ id: `${kind}/${id}`, kind, name, owner: mark.owner, key: mark.key }]
}

/** Whether a disk can be removed: one that is attached goes with its machine. */
const isLoose = ({ instance_id: instance, status }: Answers.Volume): boolean =>
  status === "detached" || (status !== "attached" && (instance === null || instance === undefined))

/**
 * What is beside the instances of the project behind a client.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (client: Client, memory: Memory): Beside => {
  const oneAtATime = Semaphore.makeUnsafe(1)
  const remembered = (publicKey: string): string => `${client.endpoint} ${materialOf(publicKey)}`

  const rows = <A>(
    path: string,
    schema: Schema.ConstraintDecoder<A>,
    what: string,
    query: Readonly<Record<string, string>> = {}
  ) =>
    client
      .call({ method: "GET", path, query })
      .pipe(Effect.flatMap(Answers.rowsOf(what)), Effect.flatMap(Answers.readable(schema, what)))

  const keys = rows(kinds["ssh-key"], Answers.SshKey, "keys")
  const volumes = rows(kinds.volume, Answers.Volume, "volumes")

  /** All pages: the list is newest first, and a name finds whatever has it in its own. */
  const scripts = Effect.fnUntraced(function* (name: string): Effect.fn.Return<ReadonlyArray<Answers.Script>, Cause> {
    const all: Array<Answers.Script> = []
    for (let page = 1; page <= mostPages; page++) {
      const query = { page: String(page), pageSize: String(pageSize), name }
      const answer = yield* client.call({ method: "GET", path: kinds.script, query })
      const found = yield* Answers.rowsOf("scripts")(answer)
      all.push(...(yield* Answers.readable(Answers.Script, "a script")(found)))
      if (found.length < pageSize) return all
    }
    return yield* Effect.fail<Cause>({ _tag: "Strange", message: "Verda's list of scripts does not end" })
  })

  const store = (path: string, body: unknown) =>
    Effect.flatMap(client.call({ method: "POST", path, body, answer: "text" }), Answers.idIn)

  const gone = (path: string, body?: unknown): Effect.Effect<void, Cause> =>
    client.call({ method: "DELETE", path, answer: "any", ...(body === undefined ? {} : { body }) }).pipe(
      Effect.asVoid,
      Effect.catchIf(isGone, () => Effect.void)
    )

  const removeScript: Beside["removeScript"] = (id) => gone(`${kinds.script}/${id}`)

  const removeVolume = (id: string): Effect.Effect<void, Cause> =>
    // Without the word it would lie in the trash for days, and count for the quota.
    gone(`${kinds.volume}/${id}`, { is_permanent: true })

  const registered = (publicKey: string) =>
    Effect.map(keys, (all) => {
      const material = materialOf(publicKey)
      return all.find(({ key }) => materialOf(key ?? "") === material)?.id
    })

  const key = Effect.fn("VerdaBeside.key")(
    function* (owner: Ownership.OwnerId, publicKey: string): Effect.fn.Return<string, Cause> {
      const known = yield* memory.keys.find(remembered(publicKey))
      if (known !== undefined) return known
      const id =
        (yield* registered(publicKey)) ??
        (yield* store(kinds["ssh-key"], { name: keyNameFor(owner), key: publicKey.trim() }))
      yield* memory.keys.save(remembered(publicKey), id)
      return id
    },
    (effect) => oneAtATime.withPermit(effect)
  )

  const script = Effect.fn("VerdaBeside.script")(function* (
    mark: Ownership.Mark,
    text: string
  ): Effect.fn.Return<string, Cause> {
    const name = Ownership.toName(mark)
    // The answer to an earlier one may have been lost.
    const before = (yield* scripts(name)).filter((each) => each.name === name)
    const same = before.find((each) => each.script === text)
    return same?.id ?? (yield* store(kinds.script, { name, script: text }))
  })

  const clear = Effect.fn("VerdaBeside.clear")(function* ({
    key: mine,
    owner
  }: Ownership.Mark): Effect.fn.Return<void, Cause> {
    const isMine = ({ name }: { readonly name?: string | null | undefined }) => {
      const mark = Ownership.fromName(name ?? "")
      return mark?.key === mine && mark.owner === owner
    }
    const [left, disks] = yield* Effect.all([scripts(mine), volumes], { concurrency: 2 })
    yield* Effect.forEach(left.filter(isMine), ({ id }) => removeScript(id), { discard: true })
    const loose = disks.filter((disk) => isMine(disk) && isLoose(disk))
    yield* Effect.forEach(loose, ({ id }) => removeVolume(id), { discard: true })
  })

  const companions = Effect.map(
    Effect.all([scripts("runctl-"), volumes, keys], { concurrency: 3 }),
    ([allScripts, allVolumes, allKeys]): ReadonlyArray<Companion> => [
      ...allScripts.flatMap(({ id, name }) => marked("script", id, name ?? "")),
      ...allVolumes.flatMap(({ id, name, status }) => (status === "deleted" ? [] : marked("volume", id, name ?? ""))),
      ...allKeys.flatMap(({ id, name }): ReadonlyArray<Companion> => {
        const owner = ownerOf(name ?? "")
        return owner === undefined
          ? []
          : [{ id: `ssh-key/${id}`, kind: "ssh-key", name: keyNameFor(owner), owner, key: undefined }]
      })
    ]
  )

  const remove: Beside["remove"] = (companion) => {
    const [, kind, id = ""] = /^(script|volume|ssh-key)\/(.+)$/.exec(companion) ?? []
    if (kind === undefined || !Answers.isId(id)) return Effect.void
    if (kind === "script") return removeScript(id)
    return kind === "volume" ? removeVolume(id) : gone(`${kinds["ssh-key"]}/${id}`)
  }

  return {
    key,
    forgetKey: (publicKey) => memory.keys.save(remembered(publicKey), undefined),
    script,
    removeScript,
    clear,
    companions,
    remove
  }
}
