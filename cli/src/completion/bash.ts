/**
 * The completion script for bash.
 */
import { argumentTable, flagValueTable, isCommandTable, printing, tableOf } from "./cases.ts"
import { below, type CommandWord } from "./words.ts"

const engine = `# Takes those words that begin as what is typed; nothing in them is ever run.
_runctl_take() {
  local word
  while IFS= read -r word; do
    if [[ $word == '<files>' ]]; then compopt -o default 2>/dev/null
    elif [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
  done
}

_runctl() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} id='' word i place=0
  COMPREPLY=()
  if [[ $cur == '=' ]]; then cur=''
  elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == -- ]]; then
      compopt -o default 2>/dev/null
      return
    elif [[ $word == -* ]]; then
      # The value of a flag is no argument, unless it is the word that is being typed.
      if _runctl_value "$id $word" >/dev/null && ((i + 1 < COMP_CWORD)); then
        ((i++))
        [[ \${COMP_WORDS[i]} == '=' ]] && ((i++))
      fi
    elif ((place == 0)) && _runctl_is "\${id:+$id }$word"; then id=\${id:+$id }$word
    else ((place++)); fi
  done
  if [[ $prev == -* ]] && _runctl_value "$id $prev" >/dev/null; then
    _runctl_take < <(_runctl_value "$id $prev")
  elif [[ $cur == -* ]]; then
    _runctl_take < <(_runctl_flags "$id")
  else
    ((place == 0)) && _runctl_take < <(_runctl_below "$id")
    _runctl_take < <(_runctl_argument "$id $place")
  fi
}

complete -F _runctl runctl`

/** The script, to be read by \`source <(runctl completion bash)\`. */
export const bashScript = (all: ReadonlyArray<CommandWord>): string =>
  [
    "# Completion of runctl for bash. Read it in ~/.bashrc: source <(runctl completion bash)",
    isCommandTable(all),
    tableOf(
      "_runctl_below",
      all.flatMap(({ id }) => {
        const words = below(all, id).map(([word]) => word)
        return words.length === 0 ? [] : [[id, printing(words)] as const]
      })
    ),
    tableOf(
      "_runctl_flags",
      all.map(({ flags, id }) => [id, printing(flags.map(({ name }) => `--${name}`))] as const)
    ),
    flagValueTable(all),
    argumentTable(all),
    engine
  ].join("\n\n")
