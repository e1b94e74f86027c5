/**
 * Where everything of ours lies on a machine, relative to its home directory.
 *
 * @since 0.1.0
 */
import type { UnitId } from "@runctl/core/Job"

/** The one folder of ours. @category constants @since 0.1.0 */
export const root = ".runctl"

/**
 * The places of one unit.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnitLayout {
  readonly unit: UnitId
  /** Everything below, in one folder. */
  readonly work: string
  /** The project, and the job's working directory. */
  readonly project: string
  /** What `RUNCTL_OUTPUT_DIR` names. */
  readonly outputs: string
  /** What `RUNCTL_CHECKPOINT_DIR` names unless the job has a folder of its own. */
  readonly checkpoints: string
  /** The checkpoint that was brought along. */
  readonly resume: string
  /** What we sent: see `Manifest`. */
  readonly manifest: string
  /** What `prepare` found out for `train`, as `sh`. */
  readonly prepared: string
  /** The words of the job's command, as `sh` reads them. */
  readonly command: string
  /** The job runner's own folder. */
  readonly state: string
}

/** Attempts of one run share a folder, so that the second one on a machine sends only what changed. */
const attempt = /^(run-[a-z0-9]{10,24})-\d{1,4}$/

/** The places of a unit; attempts of one run (`run-…-1`, `run-…-2`) share them. @category constructors @since 0.1.0 */
export const of = (unit: UnitId): UnitLayout => {
  const work = `${root}/work/${attempt.exec(unit)?.[1] ?? unit}`
  return {
    unit,
    work,
    project: `${work}/project`,
    outputs: `${work}/outputs`,
    checkpoints: `${work}/checkpoints`,
    resume: `${work}/resume`,
    manifest: `${work}/manifest.json`,
    prepared: `${work}/prepared-${unit}.sh`,
    command: `${work}/command-${unit}.sh`,
    state: `${root}/units/${unit}`
  }
}

/** Where the job runner with this digest is installed. @category accessors @since 0.1.0 */
export const runner = (digest: string): string => `${root}/runner-${digest.slice(0, 16)}.sh`

/** Where the clocks with this digest are installed. @category accessors @since 0.1.0 */
export const clocks = (digest: string): string => `${root}/clocks-${digest.slice(0, 16)}.sh`

/** Dependencies, by the digest of what defines them. @category accessors @since 0.1.0 */
export const dependencies = (digest: string): string => `${root}/deps/${digest.slice(0, 24)}`

/** Data, by the digest of where it comes from. @category accessors @since 0.1.0 */
export const data = (digest: string): string => `${root}/data/${digest.slice(0, 24)}`

/** What we sent to a folder, by the digest of its path. @category accessors @since 0.1.0 */
export const uploads = (digest: string): string => `${root}/uploads/${digest.slice(0, 24)}.json`
