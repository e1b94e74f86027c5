/**
 * The owner's public key in each region.
 *
 * @since 0.1.0
 */
import type { OwnerId } from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import type { Aws } from "./AwsClient.ts"
import * as Calls from "./internal/calls.ts"
import { type Cause, hasCode } from "./Failures.ts"
import { sharedName, sharedTags, specification } from "./Marks.ts"
import type { Store } from "./Store.ts"

/** The kind of a key and its data, without the comment. */
const partsOf = (key: string): { readonly kind: string; readonly data: string } => {
  const [kind = "", data = ""] = key.trim().split(/\s+/)
  return { kind, data }
}

/** Whether two lines hold the same key; comments do not count. @category predicates @since 0.1.0 */
export const isSameKey = (left: string, right: string): boolean => {
  const [one, other] = [partsOf(left), partsOf(right)]
  return one.kind === other.kind && one.data === other.data && one.data !== ""
}

/** The name of an owner's key: another key has another name. @category conversions @since 0.1.0 */
export const keyName = (owner: OwnerId, publicKey: string): string =>
  `${sharedName(owner)}-${partsOf(publicKey)
    .data.replaceAll(/[^A-Za-z0-9]/g, "")
    .slice(-16)}`

/** What EC2 imports. @source https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ImportKeyPair.html */
const imported = ["ssh-ed25519", "ssh-rsa"]

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** Once imported it stays, unless somebody removes it; then the launch says so. */
const day = Duration.days(1)

const cacheOf = (region: string, name: string): string => `key-${region}-${name}`

/** Keys in AWS's regions. @category models @since 0.1.0 */
export interface Keys {
  /** The name of the key in a region, imported there if it is not yet. */
  readonly ensure: (region: string, owner: OwnerId, publicKey: string) => Effect.Effect<string, Cause>
  /** It is not there, whatever is remembered. */
  readonly forget: (region: string, owner: OwnerId, publicKey: string) => Effect.Effect<void>
}

/** Imports nothing before a machine needs it. @category constructors @since 0.1.0 */
export const make = (aws: Aws, store: Store): Keys => {
  const compare = Effect.fnUntraced(function* (region: string, name: string, publicKey: string) {
    const [there] = yield* aws
      .call(region, Calls.describeKeyPairs({ KeyNames: [name], IncludePublicKey: true }))
      .pipe(Effect.flatMap(Answers.under("KeyPairs", Schema.Array(Answers.KeyPair))))
    if (there?.PublicKey === undefined || there.PublicKey === null || isSameKey(there.PublicKey, publicKey)) return
    return yield* new ProviderError.Rejected({
      message: `${region} has another key under the name ${name}: remove it there`
    })
  })

  return {
    ensure: Effect.fnUntraced(function* (region, owner, publicKey) {
      const { data, kind } = partsOf(publicKey)
      if (!imported.includes(kind) || data === "") {
        return yield* new ProviderError.Rejected({
          message: `EC2 imports keys of the kinds ${imported.join(" and ")}, not ${kind || "this one"}`
        })
      }
      const name = keyName(owner, publicKey)
      const load = aws
        .call(
          region,
          Calls.importKeyPair({
            KeyName: name,
            // The SDK encodes it itself.
            PublicKeyMaterial: bytesOf(`${kind} ${data}`),
            TagSpecifications: [specification("key-pair", sharedTags(owner))]
          })
        )
        .pipe(
          Effect.catchIf(
            (cause) => hasCode(cause, "InvalidKeyPair.Duplicate"),
            () => compare(region, name, publicKey)
          ),
          Effect.as(name)
        )
      return (yield* store.cached(cacheOf(region, name), Schema.NonEmptyString, day, load)).value
    }),
    forget: (region, owner, publicKey) => store.forget(cacheOf(region, keyName(owner, publicKey)))
  }
}
