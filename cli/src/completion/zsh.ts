/**
 * The completion script for zsh.
 */
import { argumentTable, flagValueTable, isCommandTable, printing, tableOf } from "./cases.ts"
import { below, type CommandWord } from "./words.ts"

/** `word:description`, as `_describe` wants it. */
const described = (word: string, summary: string): string => `${word.replaceAll(":", "\\:")}:${summary}`

const engine = `# Offers lines of words; nothing in them is ever run.
_runctl_take() {
  local -a words_found
  local word
  while IFS= read -r word; do
    if [[ $word == '<files>' ]]; then _files
    elif [[ -n $word ]]; then words_found+=("$word"); fi
  done
  (( $#words_found )) && compadd -a words_found
}

_runctl() {
  local id='' word prev=\${words[CURRENT-1]} i place=0
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    if [[ $word == -- ]]; then
      _files
      return
    elif [[ $word == -* ]]; then
      if [[ $word != *=* ]] && _runctl_value "$id $word" >/dev/null; then ((i++)); fi
    elif ((place == 0)) && _runctl_is "\${id:+$id }$word"; then id=\${id:+$id }$word
    else ((place++)); fi
  done
  if [[ $prev == -* && $prev != *=* ]] && _runctl_value "$id $prev" >/dev/null; then
    _runctl_take < <(_runctl_value "$id $prev")
  elif [[ \${words[CURRENT]} == -*=* ]]; then
    word=\${words[CURRENT]%%=*}
    compset -P '*='
    _runctl_take < <(_runctl_value "$id $word")
  elif [[ \${words[CURRENT]} == -* ]]; then
    found=("\${(@f)$(_runctl_flags "$id")}")
    _describe -t options option found
  else
    if ((place == 0)) && word=$(_runctl_below "$id"); then
      found=("\${(@f)word}")
      _describe -t commands command found
    fi
    _runctl_take < <(_runctl_argument "$id $place")
  fi
}

if [[ $funcstack[1] == _runctl ]]; then _runctl "$@"; else compdef _runctl runctl; fi`

/** The script, to be kept as `_runctl` in a folder of `$fpath`, or read after `compinit`. */
export const zshScript = (all: ReadonlyArray<CommandWord>): string =>
  [
    "#compdef runctl\n# Completion of runctl for zsh. Read it in ~/.zshrc after compinit: source <(runctl completion zsh)",
    isCommandTable(all),
    tableOf(
      "_runctl_below",
      all.flatMap(({ id }) => {
        const words = below(all, id).map(([word, summary]) => described(word, summary))
        return words.length === 0 ? [] : [[id, printing(words)] as const]
      })
    ),
    tableOf(
      "_runctl_flags",
      all.map(
        ({ flags, id }) => [id, printing(flags.map(({ name, summary }) => described(`--${name}`, summary)))] as const
      )
    ),
    flagValueTable(all),
    argumentTable(all),
    engine
  ].join("\n\n")
