/**
 * The job's variables: what is recorded, and secrets, of which only the names are.
 */
import * as Redacted from "effect/Redacted"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { parseEnv } from "node:util"
import { fail, usage } from "../errors/Failure.ts"

/** Variables by whether they are secret. */
export interface Variables {
  readonly plain: Readonly<Record<string, string>>
  readonly secrets: ReadonlyMap<string, Redacted.Redacted>
  readonly files: ReadonlyArray<string>
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/

const named = (name: string, from: string): string => {
  if (namePattern.test(name)) return name
  throw usage(`${from}: "${name}" cannot be a variable: letters, digits and _ only`)
}

const fileVariables = (file: string, cwd: string): ReadonlyArray<readonly [string, string]> => {
  let text: string
  try {
    text = readFileSync(resolve(cwd, file), "utf8")
  } catch (error) {
    throw usage(`--env-file ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  return Object.entries(parseEnv(text)).flatMap(([name, value]) =>
    value === undefined ? [] : [[named(name, `--env-file ${file}`), value] as const]
  )
}

/**
 * Reads `--env` and `--env-file`. What stands later wins; a value on the command line is no secret, whatever a file says.
 */
export const variables = (
  flags: { readonly env: ReadonlyArray<string>; readonly files: ReadonlyArray<string> },
  env: Readonly<Record<string, string | undefined>>,
  cwd: string
): Variables => {
  const plain: Record<string, string> = {}
  const secrets = new Map<string, Redacted.Redacted>()
  for (const file of flags.files) {
    for (const [name, value] of fileVariables(file, cwd)) secrets.set(name, Redacted.make(value))
  }
  for (const word of flags.env) {
    const equals = word.indexOf("=")
    const name = named(equals === -1 ? word : word.slice(0, equals), "--env")
    if (equals !== -1) {
      plain[name] = word.slice(equals + 1)
      secrets.delete(name)
      continue
    }
    const value = env[name]
    if (value === undefined) {
      throw fail("RUNCTL_E_MISSING_VARIABLE", `--env ${name}: ${name} is not set in the environment`)
    }
    secrets.set(name, Redacted.make(value))
    delete plain[name]
  }
  return { plain, secrets, files: flags.files.map((file) => resolve(cwd, file)) }
}
