import { readFileSync } from "node:fs"

export interface ServerSettings {
  readonly address: string
  readonly port: number
  readonly hostKeys: ReadonlyArray<string>
  readonly authorizedKeys: string
  readonly sftpServer: string
  readonly version: number
  readonly usesPam: boolean
  readonly login: string | undefined
  readonly environment: Readonly<Record<string, string>>
  /** Lines of the test: they win over ours. */
  readonly extra: ReadonlyArray<string>
}

const keyword = (line: string): string => (/^\s*(\w+)/.exec(line)?.[1] ?? "").toLowerCase()

/** The first value of a keyword holds, and a Match goes on to the end of the file. */
export const serverConfig = (settings: ServerSettings): string => {
  const { environment, extra, login, version } = settings
  const match = extra.findIndex((line) => keyword(line) === "match")
  const first = match === -1 ? extra : extra.slice(0, match)
  const last = match === -1 ? [] : extra.slice(match)
  const isSaid = (name: string) => first.some((line) => keyword(line) === name)
  const variables = Object.entries(environment).map(([name, value]) => `${name}="${value}"`)
  return [
    ...first,
    `ListenAddress ${settings.address}`,
    `Port ${settings.port}`,
    ...settings.hostKeys.map((file) => `HostKey ${file}`),
    `AuthorizedKeysFile ${settings.authorizedKeys}`,
    "PidFile none",
    "StrictModes no",
    `UsePAM ${settings.usesPam ? "yes" : "no"}`,
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    "PrintMotd no",
    "PrintLastLog no",
    "LogLevel VERBOSE",
    // Beyond ten that are not in yet, sshd turns some away by chance.
    "MaxStartups 200:30:400",
    // Since 9.8 a few failed logins shut out everybody else on this computer.
    ...(version >= 908 ? ["PerSourcePenalties no"] : []),
    ...(isSaid("subsystem") ? [] : [`Subsystem sftp ${settings.sftpServer}`]),
    ...(variables.length === 0 ? [] : [`SetEnv ${variables.join(" ")}`]),
    ...(login === undefined ? [] : [`ForceCommand ${login}`]),
    ...last,
    ""
  ].join("\n")
}

/** Without PAM, sshd lets nobody in whose password is locked, not even with a key. */
export const isLocked = (user: string): boolean => {
  try {
    return `\n${readFileSync("/etc/shadow", "utf8")}`.includes(`\n${user}:!`)
  } catch {
    return false
  }
}
