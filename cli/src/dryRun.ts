/**
 * A look around that leaves nothing behind.
 */
import * as ConfigProvider from "effect/ConfigProvider"
import type * as Layer from "effect/Layer"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stateFolder } from "./settings/places.ts"

/** Where a look around happens, and how to end it. */
export interface Surroundings {
  readonly layer: Layer.Layer<never>
  readonly end: () => void
}

/** This process's own surroundings; a home that does not exist yet is a passing one elsewhere. */
export const surroundings = (isDryRun: boolean): Surroundings => {
  const env = process.env
  if (!isDryRun || existsSync(join(stateFolder(env), "journal.db"))) {
    return { layer: ConfigProvider.layer(ConfigProvider.fromEnv({ env: defined(env) })), end: () => {} }
  }
  const passing = mkdtempSync(join(tmpdir(), "runctl-dry-"))
  return {
    layer: ConfigProvider.layer(ConfigProvider.fromEnv({ env: { ...defined(env), RUNCTL_HOME: passing } })),
    end: () => rmSync(passing, { recursive: true, force: true })
  }
}

const defined = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
