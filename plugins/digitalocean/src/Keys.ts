/**
 * The owner's public key, registered with the account: droplets are opened by keys that DigitalOcean knows.
 *
 * @since 0.1.0
 */
import type { CloudApi as Client } from "@runctl/core/CloudApi"
import { type Cause, isMissing } from "@runctl/core/CloudFailure"
import { OwnerId } from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Companion } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import * as Answers from "./Answers.ts"
import type { Memory } from "./Memory.ts"
import * as Pages from "./Pages.ts"

/**
 * Keys of an account.
 *
 * @category models
 * @since 0.1.0
 */
export interface Keys {
  /** The id of a registered key; it is registered when nobody has done so. */
  readonly ensure: (owner: OwnerId, publicKey: string) => Effect.Effect<number, Cause>
  /** What is remembered of a key turned out to be wrong. */
  readonly forget: (publicKey: string) => Effect.Effect<void>
  readonly companions: Effect.Effect<ReadonlyArray<Companion>, Cause>
  readonly remove: (companion: string) => Effect.Effect<void, Cause>
}

const path = "/v2/account/keys"
const kind = "ssh-key"

/** For so long a list of keys is as good as new, unless we change it. **Units**  milliseconds */
const fresh = 30_000

const isOwner = Schema.is(OwnerId)

/** The part of a public key that opens something: not its comment. @category accessors @since 0.1.0 */
export const materialOf = (publicKey: string): string => publicKey.trim().split(/\s+/, 2).join(" ")

/** What a key of an owner's is called. @category formatting @since 0.1.0 */
export const nameFor = (owner: OwnerId): string => `runctl-${owner}`

const ownerOf = (name: string): OwnerId | undefined => {
  const [, owner] = /^runctl-([a-z0-9]{8})$/.exec(name) ?? []
  return isOwner(owner) ? owner : undefined
}

/** Whether a registration was refused because the account has the key already. */
const isTaken = (cause: Cause): boolean =>
  cause._tag === "Refused" &&
  cause.status === 422 &&
  /already in use|already been taken|already exists/i.test(cause.message)

/**
 * The keys of the account behind a client.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (client: Client, memory: Memory): Keys => {
  const oneAtATime = Semaphore.makeUnsafe(1)
  const remembered = (publicKey: string): string => `key ${client.endpoint} ${materialOf(publicKey)}`

  const all = Effect.flatMap(Pages.rows(client, { path, field: "ssh_keys", scope: "ssh_key:read" }), (rows) =>
    Answers.readable(Answers.SshKey, "a key", rows)
  )

  let last: { readonly keys: ReadonlyArray<Answers.SshKey>; readonly at: number } | undefined

  /** The API lists keys ten times a minute at most; what only we change is not asked for again at once. */
  const recent = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (last === undefined || Math.abs(now - last.at) >= fresh) last = { keys: yield* all, at: now }
    return last.keys
  })

  const changing = <A, E>(change: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.ensuring(
      change,
      Effect.sync(() => {
        last = undefined
      })
    )

  const registered = (publicKey: string) =>
    Effect.map(all, (keys) => {
      const material = materialOf(publicKey)
      return keys.find((each) => materialOf(each.public_key ?? "") === material)?.id
    })

  const register = (owner: OwnerId, publicKey: string): Effect.Effect<number, Cause> =>
    client
      .call({
        method: "POST",
        path,
        body: { name: nameFor(owner), public_key: publicKey.trim() },
        scope: "ssh_key:create"
      })
      .pipe(
        Effect.flatMap(Answers.sshKey),
        Effect.map(({ id }) => id),
        changing,
        // Somebody was faster, or an earlier answer was lost.
        Effect.catchIf(isTaken, () =>
          Effect.flatMap(registered(publicKey), (id) =>
            id === undefined
              ? Effect.fail(
                  new ProviderError.Conflict({
                    message: "the SSH key is in use on the account, and not among its keys yet"
                  })
                )
              : Effect.succeed(id)
          )
        )
      )

  const ensure = Effect.fn("DigitalOceanKeys.ensure")(
    function* (owner: OwnerId, publicKey: string) {
      const name = remembered(publicKey)
      const known = yield* memory.numbers.find(name)
      if (known !== undefined) return known
      const id = (yield* registered(publicKey)) ?? (yield* register(owner, publicKey))
      yield* memory.numbers.save(name, id)
      return id
    },
    (effect) => oneAtATime.withPermit(effect)
  )

  return {
    ensure,
    forget: (publicKey) => memory.numbers.save(remembered(publicKey), undefined),
    companions: Effect.map(recent, (keys) =>
      keys.flatMap(({ id, name }) => {
        const owner = ownerOf(name ?? "")
        return owner === undefined
          ? []
          : [{ id: `${kind}/${id}`, kind, name: nameFor(owner), owner, key: undefined } satisfies Companion]
      })
    ),
    remove: (companion) => {
      const [, id] = /^ssh-key\/([1-9]\d{0,14})$/.exec(companion) ?? []
      return id === undefined
        ? Effect.void
        : client.call({ method: "DELETE", path: `${path}/${id}`, scope: "ssh_key:delete" }).pipe(
            Effect.catchIf(isMissing, () => Effect.void),
            Effect.asVoid,
            changing
          )
    }
  }
}
