/**
 * The keys between us and the machines that we set up: ours, which opens them, and the first one that they show.
 *
 * @since 0.1.0
 */
import type { ResourceKey } from "@runctl/core/Ownership"
import type { HostKeyPair } from "@runctl/remote/Bootstrap"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { HomeFailed } from "./RuntimeError.ts"

/**
 * Derives keys from the owner's private key, and stores none.
 *
 * @category services
 * @since 0.1.0
 */
export class HostKeys extends Context.Service<
  HostKeys,
  {
    /** The owner's public key in OpenSSH form: what opens a machine. Made when it is first needed. */
    readonly authorizedKey: Effect.Effect<string, HomeFailed>
    /**
     * The single-use host key of a machine: the same for the same owner's key and machine, and told by nobody else.
     *
     * **Errors**  `HomeFailed` when the owner's key cannot be read or made.
     */
    readonly bootstrapKey: (key: ResourceKey) => Effect.Effect<HostKeyPair, HomeFailed>
  }
>()("@runctl/runtime/HostKeys") {}
