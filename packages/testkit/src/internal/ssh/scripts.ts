export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

export interface LoginSettings {
  readonly home: string
  readonly shell: string
  readonly greeting: string | undefined
  readonly path: string | undefined
  /** Every process of the machine carries it, so that none is forgotten. */
  readonly mark: string
}

const greets = (greeting: string | undefined) => (greeting === undefined ? [] : [`printf '%s\\n' ${quoted(greeting)}`])

/** Stands between sshd and the login shell: gives a home of its own, then does what sshd would do. */
export const loginScript = ({ greeting, home, mark, path, shell }: LoginSettings): string =>
  [
    "#!/bin/sh",
    `HOME=${quoted(home)} SHELL=${quoted(shell)} ${markName}=${quoted(mark)}`,
    `export HOME SHELL ${markName}`,
    ...(path === undefined ? [] : [`PATH=${quoted(path)}`, "export PATH"]),
    `cd "$HOME" || exit 1`,
    ...greets(greeting),
    `[ -n "\${SSH_ORIGINAL_COMMAND-}" ] || exec ${quoted(shell)} -l`,
    "command=$SSH_ORIGINAL_COMMAND",
    "unset SSH_ORIGINAL_COMMAND",
    `exec ${quoted(shell)} -c "$command"`,
    ""
  ].join("\n")

export const markName = "RUNCTL_TESTKIT_MACHINE"

/** A login shell that greets whatever it was started for. */
export const greetingShell = (greeting: string, shell: string): string =>
  [
    "#!/bin/sh",
    `SHELL=${quoted(shell)}`,
    ...greets(greeting),
    "[ $# -gt 0 ] || set -- -l",
    `exec ${quoted(shell)} "$@"`,
    ""
  ].join("\n")

/** The lines of /etc/passwd, with another login shell for one user. */
export const withShell = (passwd: string, user: string, shell: string): string =>
  passwd
    .split("\n")
    .map((line) => (line.startsWith(`${user}:`) ? line.replace(/[^:]*$/, () => shell) : line))
    .join("\n")
