import { spawnSync } from "node:child_process"
import { accessSync, constants, existsSync, statSync } from "node:fs"
import { delimiter, join } from "node:path"

const system = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"]

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Its absolute path: sshd starts itself again by it. Programs of the administrator are found outside of PATH too. */
export const find = (name: string): string | undefined =>
  [...(process.env["PATH"] ?? "").split(delimiter), ...system]
    .filter((folder) => folder.startsWith("/"))
    .map((folder) => join(folder, name))
    .find(isProgram)

export const needed = (name: string): string => {
  const path = name.startsWith("/") ? name : find(name)
  if (path === undefined) throw new Error(`there is no ${name} here`)
  return path
}

const serversOfSftp = [
  "/usr/lib/openssh/sftp-server",
  "/usr/libexec/openssh/sftp-server",
  "/usr/libexec/sftp-server",
  "/usr/lib/ssh/sftp-server",
  "/usr/lib/sftp-server"
]

export const sftpServer = (): string => serversOfSftp.find((path) => existsSync(path)) ?? "internal-sftp"

const versions = new Map<string, number>()

/** Major and minor as one number: 9.8 is 908. */
export const versionOf = (sshd: string): number => {
  const known = versions.get(sshd)
  if (known !== undefined) return known
  const { stderr, stdout } = spawnSync(sshd, ["-V"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
  const [, major = "0", minor = "0"] = /OpenSSH_(\d+)\.(\d+)/.exec(`${stdout}${stderr}`) ?? []
  const version = Number(major) * 100 + Number(minor)
  versions.set(sshd, version)
  return version
}

/** A process that does not outlive ours, not even when ours is killed; where util-linux can do it. */
export const mortal = (command: ReadonlyArray<string>): ReadonlyArray<string> => {
  const setpriv = process.platform === "linux" ? find("setpriv") : undefined
  return setpriv === undefined ? command : [setpriv, "--pdeathsig", "KILL", ...command]
}
