/**
 * The one line in the user's own SSH configuration.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { dirname } from "node:path"

/** The line that makes OpenSSH read a file. */
export const includeLine = (file: string): string =>
  `Include ${/^[A-Za-z0-9_./+@=-]+$/.test(file) ? file : `"${file}"`}`

/** Whether OpenSSH takes a path as it is: neither as a pattern nor with parts that it replaces. */
export const isIncludable = (file: string): boolean => !/[\u0000-\u001F\u007F"\\*?[\]%$]/.test(file)

/** Whether a configuration has that line where it holds for every host: before the first `Host` or `Match`. */
export const hasInclude = (config: string, line: string): boolean => {
  for (const each of config.split("\n")) {
    const trimmed = each.trim()
    if (trimmed === line) return true
    if (/^(host|match)[\s=]/i.test(trimmed)) return false
  }
  return false
}

/** A file that is there whole or not at all. A link stays a link: what it leads to is written. */
export const writeWhole = (file: string, content: string | Uint8Array, mode: number): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const target = existsSync(file) ? realpathSync(file) : file
  const part = `${target}.${process.pid}.part`
  try {
    writeFileSync(part, content, { flag: "wx", mode, flush: true })
    chmodSync(part, mode)
    renameSync(part, target)
  } finally {
    rmSync(part, { force: true })
  }
}

/** What of a configuration there is; its bytes are kept as they are. */
const bytesOf = (file: string): Buffer => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0))

/** Whether the line is there already. */
export const isInstalled = (config: string, line: string): boolean =>
  hasInclude(bytesOf(config).toString("latin1"), line)

/** Puts the line at the top, once; answers whether it had to. */
export const install = (config: string, line: string): boolean => {
  const before = bytesOf(config)
  if (hasInclude(before.toString("latin1"), Buffer.from(line).toString("latin1"))) return false
  const mode = existsSync(config) ? statSync(config).mode & 0o777 : 0o600
  const separator = before.length === 0 ? "" : "\n"
  writeWhole(config, Buffer.concat([Buffer.from(`${line}\n${separator}`), before]), mode)
  return true
}
