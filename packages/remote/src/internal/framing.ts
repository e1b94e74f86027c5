/**
 * How a command travels over SSH, whatever the login shell is: in the first line of standard input, where no shell
 * quotes or shows it. What the login shell prints before it is cut off.
 *
 * @since 0.1.0
 */
import type { ShellCommand } from "@runctl/core/Shell"
import { exported, quote } from "./quote.ts"
import { encode } from "./utf8.ts"

/**
 * The same for every login shell: fish, csh and sh read these words alike. A line that was cut off is not run.
 *
 * Single quotes alone, no backslash and no exclamation mark: what is inside is nobody's but sh's.
 */
export const wrapper = `exec sh -c 'IFS= read -r s && eval "$(printf %b "$s")"' sh`

/** Text that `printf %b` prints as it was. */
const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r")

/** A machine's directory and what every command there sees. */
export interface Surroundings {
  readonly directory: string | undefined
  readonly environment: Readonly<Record<string, string>>
}

/** Enters the machine's directory; `fail MESSAGE` is what it calls when it cannot. */
const entered = ({ directory, environment }: Surroundings, command: ShellCommand): string => {
  const variables = { ...environment, ...command.environment }
  const goTo = (folder: string): string =>
    `cd -- ${quote(folder)} 2>/dev/null || fail "there is no folder "${quote(folder)}\n`
  return (
    (directory === undefined
      ? `cd 2>/dev/null || fail "the home directory cannot be entered: $HOME"\n`
      : goTo(directory)) +
    `RUNCTL_MACHINE_DIR=$PWD; export RUNCTL_MACHINE_DIR\n` +
    (command.cwd === undefined ? "" : goTo(command.cwd)) +
    Object.entries(variables)
      .map(([name, value]) => exported(name, value))
      .join("")
  )
}

const asWords = (args: ReadonlyArray<string> = []): string => `set -- ${args.map(quote).join(" ")}\n`

/**
 * The first line for a command: tells by `nonce` on both outputs that it has begun (behind it the process, then a line
 * feed), or why it cannot (`nonce`, `!` and the reason, on standard output alone).
 */
export const firstLine = (surroundings: Surroundings, command: ShellCommand, nonce: string): string =>
  `${escaped(
    `fail() { printf '%s!%s' ${quote(nonce)} "$1"; exit 1; }\n` +
      entered(surroundings, command) +
      `unset -f fail; unset s\n` +
      asWords(command.args) +
      `printf '%s%s\\n' ${quote(nonce)} $$; printf '%s\\n' ${quote(nonce)} >&2\n` +
      command.script
  )}\n`

/** What no shell we know treats as its own inside single quotes; every other byte as `printf %b` reads it. */
const plain = /[A-Za-z0-9 _.,/:=@%+-]/

const octal = (text: string): string =>
  Array.from(encode(text), (byte) => {
    const character = String.fromCharCode(byte)
    return plain.test(character) ? character : `\\0${byte.toString(8).padStart(3, "0")}`
  }).join("")

/**
 * A command for a terminal, whose standard input is the user's: the script travels as a word. Without a script the
 * user's own login shell, begun in the machine's directory.
 */
export const terminalCommand = (surroundings: Surroundings, command: ShellCommand | undefined): string | undefined => {
  if (
    command === undefined &&
    surroundings.directory === undefined &&
    Object.keys(surroundings.environment).length === 0
  ) {
    return undefined
  }
  const script =
    `fail() { echo "$1" >&2; exit 1; }\n` +
    entered(surroundings, command ?? { script: "" }) +
    (command === undefined ? `exec "\${SHELL:-sh}" -l\n` : asWords(command.args) + command.script)
  return `exec sh -c 'eval "$(printf %b "$1")"' sh '${octal(script)}'`
}

/** Ends the process group `$1` as a local command is ended: politely, after two seconds by force. */
export const endGroup = `{
  kill -TERM "-$1"
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    kill -0 "-$1" || exit
    sleep 0.1 || sleep 1
  done
  kill -KILL "-$1"
} >/dev/null 2>&1 </dev/null &`
