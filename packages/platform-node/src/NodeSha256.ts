/**
 * OpenSSL's digests, several times as fast as portable ones.
 *
 * @since 0.1.0
 */
import { Sha256 } from "@runctl/remote/Sha256"
import * as Layer from "effect/Layer"
import { createHash, hash } from "node:crypto"

/** Digests by Node's own crypto. @category layers @since 0.1.0 */
export const layer: Layer.Layer<never> = Layer.succeed(Sha256, {
  hasher: () => {
    const made = createHash("sha256")
    return { update: (bytes) => void made.update(bytes), finish: () => made.digest("hex") }
  },
  digest: (bytes) => hash("sha256", bytes, "hex")
})
