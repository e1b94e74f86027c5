/** Reading answers: little, and nothing that is not needed. */
import type { Failure } from "@runctl/core/CloudFailure"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** What is under a name in an answer; `Strange` when it is not as promised. */
export const under =
  <A>(field: string, schema: Schema.ConstraintDecoder<A>) =>
  (body: unknown): Effect.Effect<A, Failure> =>
    Schema.decodeUnknownEffect(Schema.Struct({ [field]: Schema.Unknown }))(body).pipe(
      Effect.flatMap((found) => Schema.decodeUnknownEffect(schema)(found[field])),
      Effect.mapError((): Failure => ({ _tag: "Strange", message: `Fernhill answered without ${field}` }))
    )
