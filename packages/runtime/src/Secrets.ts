/**
 * The values of a run's secrets, in the supervisor's memory and nowhere else.
 *
 * @since 0.1.0
 */
import type { RunId } from "@runctl/core/Run"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type Access, SshAccess } from "./SshAccess.ts"

/**
 * What a client hands over with a run: a value for every secret name, and where to send notifications (an address
 * may itself be a secret).
 *
 * @category models
 * @since 0.1.0
 */
export interface Handed {
  readonly secrets: ReadonlyMap<string, Redacted.Redacted>
  readonly notify: Redacted.Redacted | undefined
}

/** Nothing handed over. @category constants @since 0.1.0 */
export const nothing: Handed = { secrets: new Map(), notify: undefined }

const Message = Schema.fromJsonString(
  Schema.Struct({
    run: Schema.String,
    secrets: Schema.Record(Schema.String, Schema.String),
    notify: Schema.optionalKey(Schema.String),
    passphrases: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
    agent: Schema.optionalKey(Schema.String)
  })
)

/** The message a client sends to the supervisor. Holds the values: never log it. @category conversions @since 0.1.0 */
export const toMessage = (run: RunId, handed: Handed, access: Access): string =>
  Schema.encodeSync(Message)({
    run,
    secrets: revealed(handed.secrets),
    ...(handed.notify === undefined ? {} : { notify: Redacted.value(handed.notify) }),
    passphrases: revealed(access.passphrases),
    ...(access.agent === undefined ? {} : { agent: access.agent })
  })

const revealed = (values: ReadonlyMap<string, Redacted.Redacted>): Record<string, string> =>
  Object.fromEntries([...values].map(([name, value]) => [name, Redacted.value(value)]))

const hidden = (values: Readonly<Record<string, string>>): ReadonlyMap<string, Redacted.Redacted> =>
  new Map(Object.entries(values).map(([name, value]) => [name, Redacted.make(value)]))

/**
 * The values of secrets, by run.
 *
 * @category services
 * @since 0.1.0
 */
export class Secrets extends Context.Service<
  Secrets,
  {
    /** Takes a client's message; answers `ok`, or what is wrong with it. */
    readonly receive: (message: string) => Effect.Effect<string>
    /** What was handed over for a run, if anything yet. */
    readonly of: (run: string) => Effect.Effect<Handed | undefined>
    /** Waits until something is handed over for a run. */
    readonly awaitFor: (run: string) => Effect.Effect<Handed>
    /** Forgets a run's values. */
    readonly forget: (run: string) => Effect.Effect<void>
  }
>()("@runctl/runtime/Secrets") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<Secrets, never, SshAccess> = Layer.effect(
    Secrets,
    Effect.map(SshAccess, (access) => {
      const waiting = new Map<string, Deferred.Deferred<Handed>>()
      const handed = new Map<string, Handed>()

      const deferred = (run: string): Deferred.Deferred<Handed> => {
        const known = waiting.get(run) ?? Deferred.makeUnsafe<Handed>()
        waiting.set(run, known)
        return known
      }

      return Secrets.of({
        receive: (text) =>
          Schema.decodeEffect(Message)(text).pipe(
            Effect.flatMap(({ agent, notify, passphrases = {}, run, secrets }) => {
              const value: Handed = {
                secrets: hidden(secrets),
                notify: notify === undefined ? undefined : Redacted.make(notify)
              }
              handed.set(run, value)
              return access
                .learn({ passphrases: hidden(passphrases), agent })
                .pipe(Effect.andThen(Deferred.succeed(deferred(run), value)), Effect.as("ok"))
            }),
            // The error would quote the message, and with it the values.
            Effect.orElseSucceed(() => "not understood")
          ),
        of: (run) => Effect.sync(() => handed.get(run)),
        awaitFor: (run) =>
          Effect.suspend(() => {
            const known = handed.get(run)
            return known === undefined ? Deferred.await(deferred(run)) : Effect.succeed(known)
          }),
        forget: (run) =>
          Effect.sync(() => {
            waiting.delete(run)
            handed.delete(run)
          })
      })
    })
  )
}
