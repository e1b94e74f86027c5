import { globSync } from "node:fs"
import { join } from "node:path"
import type * as Schema from "effect/Schema"

const folder = join(import.meta.dirname, "..", "src", "commands")

/** What a command's file exports, as far as tests look. */
export interface CommandModule {
  readonly default: {
    readonly summary?: string
    readonly examples?: ReadonlyArray<string | { readonly command: string; readonly description: string }>
    readonly flags?: Readonly<Record<string, FlagFacts>>
    readonly args?: Readonly<Record<string, { readonly required?: boolean; readonly ignoreStdin?: boolean }>>
    readonly enableJsonFlag?: boolean
  }
  readonly Output?: Schema.Top
}

/** A flag as tests see it. */
export interface FlagFacts {
  readonly char?: string
  readonly type: string
  readonly multiple?: boolean
  readonly multipleNonGreedy?: boolean
  readonly options?: ReadonlyArray<string>
  readonly summary?: string
  readonly default?: unknown
}

/** Every command by its id. */
export const commands: ReadonlyArray<readonly [id: string, module: CommandModule]> = await Promise.all(
  globSync("**/*.ts", { cwd: folder })
    .toSorted()
    .map(async (file): Promise<readonly [string, CommandModule]> => [
      file.replace(/\.ts$/, "").replaceAll("/", " "),
      await import(join(folder, file))
    ])
)
