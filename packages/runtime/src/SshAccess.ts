/**
 * What opens the user's own machines and lives in memory alone: passphrases of keys, and where the agent listens. A client
 * that has a person before it learns them, and hands them to the supervisor.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Semaphore from "effect/Semaphore"

/** What one process tells another. @category models @since 0.1.0 */
export interface Access {
  readonly passphrases: ReadonlyMap<string, Redacted.Redacted>
  readonly agent: string | undefined
}

/** Asks a person for the passphrase of a key's file. @category models @since 0.1.0 */
export type Prompt = (file: string, isAgain: boolean) => Effect.Effect<Redacted.Redacted | undefined>

/** What a process knows that nobody has told anything. @category constants @since 0.1.0 */
export const noAccess: Access = { passphrases: new Map(), agent: undefined }

/**
 * What opens the user's own machines.
 *
 * @category services
 * @since 0.1.0
 */
export class SshAccess extends Context.Service<
  SshAccess,
  {
    /** The passphrase of a key: the one that is known, unless it is wrong, else whatever a person says. */
    readonly ask: Prompt
    /** All that is known here. */
    readonly known: Effect.Effect<Access>
    /** Takes over what another process knows. */
    readonly learn: (access: Access) => Effect.Effect<void>
  }
>()("@runctl/runtime/SshAccess") {
  /**
   * Begins with the agent of the environment; without a prompt nobody is asked.
   *
   * @category layers
   * @since 0.1.0
   */
  static layer(
    options: { readonly agent?: string | undefined; readonly prompt?: Prompt | undefined } = {}
  ): Layer.Layer<SshAccess> {
    return Layer.sync(SshAccess, () => {
      const passphrases = new Map<string, Redacted.Redacted>()
      let { agent } = options
      // One question at a time, and none twice.
      const asking = Semaphore.makeUnsafe(1)
      return SshAccess.of({
        ask: (file, isAgain) =>
          Effect.gen(function* () {
            const known = passphrases.get(file)
            if (known !== undefined && !isAgain) return known
            if (options.prompt === undefined) return undefined
            const said = yield* options.prompt(file, isAgain)
            if (said !== undefined) passphrases.set(file, said)
            return said
          }).pipe(Semaphore.withPermits(asking, 1)),
        known: Effect.sync(() => ({ passphrases: new Map(passphrases), agent })),
        learn: (access) =>
          Effect.sync(() => {
            for (const [file, passphrase] of access.passphrases) passphrases.set(file, passphrase)
            agent = access.agent ?? agent
          })
      })
    })
  }
}
