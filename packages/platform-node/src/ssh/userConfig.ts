/**
 * What the user's SSH configuration says of a host: `~/.ssh/config`, then `/etc/ssh/ssh_config`, as OpenSSH reads them.
 *
 * @since 0.1.0
 */
import { globSync, readFileSync } from "node:fs"
import { isAbsolute, join } from "node:path"
import { parse } from "ssh-config"

/** Where to look. @category models @since 0.1.0 */
export interface Place {
  /** The user's `.ssh`, which relative names of the user's file are below. */
  readonly folder: string
  readonly home: string
  readonly files: ReadonlyArray<string>
}

/** Every keyword in lower case with its values, in order. @category models @since 0.1.0 */
export type HostConfig = ReadonlyMap<string, ReadonlyArray<string>>

const contentOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

const includeLine = /^\s*include(?:\s*=\s*|\s+)(.+?)\s*$/i
const sectionLine = /^\s*(?:host|match)(?:\s*=\s*|\s+)/i

/** OpenSSH follows no more. */
const deepest = 16

/** A file with what it includes put in place; the section around an `Include` goes on behind it. */
const expanded = (file: string, folder: string, home: string, depth = 0): string => {
  let section: string | undefined
  const lines: Array<string> = []
  for (const line of contentOf(file).split(/\r?\n/)) {
    const included = includeLine.exec(line)?.[1]
    if (included === undefined) {
      if (sectionLine.test(line)) section = line
      lines.push(line)
      continue
    }
    if (depth >= deepest) continue
    for (const word of included.match(/"[^"]*"|\S+/g) ?? []) {
      const name = word.replaceAll('"', "").replace(/^~(?=\/)/, home)
      for (const found of globSync(isAbsolute(name) ? name : join(folder, name)).toSorted()) {
        lines.push(expanded(found, folder, home, depth + 1))
      }
    }
    lines.push(section ?? "Host *")
  }
  return lines.join("\n")
}

const valuesOf = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.flatMap(valuesOf) : typeof value === "string" ? [value] : []

/**
 * What holds for a host.
 *
 * **Details**  of each keyword the first value that matches counts, of `IdentityFile` all do. `Match exec` runs what the
 * user wrote there, as OpenSSH does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const configFor = (host: string, user: string | undefined, { files, folder, home }: Place): HostConfig => {
  const text = files
    .map((file) => expanded(file, file.startsWith("/etc/") ? "/etc/ssh" : folder, home))
    // A section ends with its file.
    .join("\nHost *\n")
  const parsed = parse(text)
  const options = { ignoreCase: true }
  const computed: Readonly<Record<string, unknown>> =
    user === undefined ? parsed.compute(host, options) : parsed.compute({ Host: host, User: user }, options)
  return new Map(Object.entries(computed).map(([name, value]) => [name.toLowerCase(), valuesOf(value)]))
}
