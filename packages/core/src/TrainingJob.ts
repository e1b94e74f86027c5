/**
 * One training script with everything it needs to run somewhere.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * One training script with everything it needs to run somewhere.
 *
 * **Details**
 * - `project`: the absolute local folder that is brought to the machine; `script` is relative to it.
 * - `environment`: values that are not secret. `secretNames`: names whose values travel apart, and are never recorded.
 * - `dataSource`: a local path, `https://…` (optionally `#sha256=…`) or `s3://…`.
 * - `outputDest`: where outputs are brought, an absolute local folder.
 * - `checkpointDir`: relative to the project; when absent the script finds one in `RUNCTL_CHECKPOINT_DIR`.
 *
 * @category models
 * @since 0.1.0
 */
export const TrainingJob = Schema.Struct({
  project: Schema.NonEmptyString,
  script: Schema.NonEmptyString,
  args: Schema.Array(Schema.String),
  environment: Schema.Record(Schema.String, Schema.String),
  secretNames: Schema.Array(Schema.NonEmptyString),
  dataSource: Schema.optionalKey(Schema.NonEmptyString),
  outputDest: Schema.optionalKey(Schema.NonEmptyString),
  checkpointDir: Schema.optionalKey(Schema.NonEmptyString)
})
export type TrainingJob = typeof TrainingJob.Type
