/**
 * The completion script for fish.
 */
import { below, type CommandWord, type FlagWord, type Value } from "./words.ts"

/** A text as one word of fish. */
const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`

/** What offers a value; `undefined` where there is nothing to offer. */
const offering = (value: Value): string | undefined => {
  switch (value._tag) {
    case "Words":
      return `-a ${quoted(value.words.join(" "))}`
    case "Known":
      return `-a ${quoted(`(runctl completion --values ${value.of} 2>/dev/null)`)}`
    case "Files":
      return "-F"
    case "Text":
      return undefined
  }
}

const engine = (ids: ReadonlyArray<string>): string => `set -g __runctl_ids ${ids.map(quoted).join(" ")}

# Whether the words typed so far name this command.
function __runctl_at
  set -l id ''
  set -l typed (commandline -opc)
  for word in $typed[2..-1]
    string match -q -- '-*' $word; and continue
    set -l next (string trim -- "$id $word")
    contains -- $next $__runctl_ids; or break
    set id $next
  end
  test "$id" = "$argv[1]"
end

complete -c runctl -e
complete -c runctl -f`

const flagLine = (id: string, { char, name, summary, value }: FlagWord): string =>
  [
    `complete -c runctl -n ${quoted(`__runctl_at ${quoted(id)}`)} -l ${name}`,
    ...(char === undefined ? [] : [`-s ${char}`]),
    ...(value === undefined ? [] : [value._tag === "Files" ? "-r" : "-x", offering(value) ?? ""]),
    `-d ${quoted(summary)}`
  ]
    .filter((part) => part !== "")
    .join(" ")

const linesOf = (all: ReadonlyArray<CommandWord>, { args, flags, id }: CommandWord): ReadonlyArray<string> => {
  const at = `complete -c runctl -n ${quoted(`__runctl_at ${quoted(id)}`)}`
  const offers = [...new Set(args.flatMap((value) => offering(value) ?? []))]
  return [
    ...below(all, id).map(([word, summary]) => `${at} -a ${quoted(word)} -d ${quoted(summary)}`),
    ...flags.map((flag) => flagLine(id, flag)),
    ...offers.map((offer) => `${at} ${offer}`)
  ]
}

/** The script, to be kept as `~/.config/fish/completions/runctl.fish`. */
export const fishScript = (all: ReadonlyArray<CommandWord>): string =>
  [
    "# Completion of runctl for fish. Keep it: runctl completion fish > ~/.config/fish/completions/runctl.fish",
    engine(all.flatMap(({ id }) => (id === "" ? [] : [id]))),
    all.flatMap((command) => linesOf(all, command)).join("\n")
  ].join("\n\n")
