/**
 * What stands behind `--`, as a command for a machine.
 */
import type { Endpoint } from "@runctl/core/Endpoint"
import type { ShellCommand } from "@runctl/core/Shell"

/**
 * Runs the words as they are: no shell reads them again. Without words the user's shell reads standard input.
 *
 * Over SSH the command takes the place of the shell, so that signals reach it and its own end is told. Here the shell
 * stays, to tell which signal ended the command.
 */
export const commandOf = ({ _tag }: Endpoint, words: ReadonlyArray<string>): ShellCommand => ({
  script: _tag === "Local" ? '"$@"\nexit "$?"' : 'exec "$@"',
  args: words.length === 0 ? ["sh", "-c", 'exec "${SHELL:-sh}"'] : words
})

/** The same for a terminal. */
export const terminalCommandOf = (words: ReadonlyArray<string>): ShellCommand | undefined =>
  words.length === 0 ? undefined : { script: 'exec "$@"', args: words }
