/**
 * Tables as `case` statements, which bash and zsh both read.
 */
import type { CommandWord, Value } from "./words.ts"

/** A text as one word of a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** A function of one argument that prints lines. Branches with the same body are put together. */
export const tableOf = (name: string, entries: ReadonlyArray<readonly [string, string]>): string => {
  const grouped = new Map<string, Array<string>>()
  for (const [pattern, body] of entries) grouped.set(body, [...(grouped.get(body) ?? []), quoted(pattern)])
  const branches = [...grouped].map(([body, patterns]) => `    ${patterns.join("|")}) ${body} ;;`)
  return [`${name}() {`, `  case "$1" in`, ...branches, "    *) return 1 ;;", "  esac", "}"].join("\n")
}

/** A command that prints words, one per line. */
export const printing = (words: ReadonlyArray<string>): string => `printf '%s\\n' ${words.map(quoted).join(" ")}`

/** Prints what a value can be; a line `<files>` stands for files. */
const printingValue = (value: Value): string => {
  switch (value._tag) {
    case "Words":
      return printing(value.words)
    case "Known":
      return `runctl completion --values ${value.of} 2>/dev/null`
    case "Files":
      return printing(["<files>"])
    case "Text":
      return ":"
  }
}

/** Whether a word ends in one of the commands or topics. */
export const isCommandTable = (all: ReadonlyArray<CommandWord>): string =>
  tableOf(
    "_runctl_is",
    all.flatMap(({ id }) => (id === "" ? [] : [[id, "return 0"] as const]))
  )

/** What the value of a flag can be, by `COMMAND --FLAG`; fails for a flag without one. */
export const flagValueTable = (all: ReadonlyArray<CommandWord>): string =>
  tableOf(
    "_runctl_value",
    all.flatMap(({ flags, id }) =>
      flags.flatMap(({ char, name, value }) =>
        value === undefined
          ? []
          : [`--${name}`, ...(char === undefined ? [] : [`-${char}`])].map(
              (flag) => [`${id} ${flag}`, printingValue(value)] as const
            )
      )
    )
  )

/** What an argument can be, by `COMMAND PLACE`, counted from 0. */
export const argumentTable = (all: ReadonlyArray<CommandWord>): string =>
  tableOf(
    "_runctl_argument",
    all.flatMap(({ args, id }) => args.map((value, place) => [`${id} ${place}`, printingValue(value)] as const))
  )
