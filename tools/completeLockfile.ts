/**
 * Adds to package-lock.json the optional platform packages that npm left out because its registry did not (yet) have them.
 * `npm ci` refuses a lockfile without them. Run it after `npm install`: `npm run lockfile -w tools`.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join, posix, resolve } from "node:path"

interface Entry {
  readonly link?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"]
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64", "wasm32"]

/** `binding-linux-x64-gnu` → linux, x64, glibc. Without these npm would try to install it everywhere. */
const platformOf = (name: string): Entry => {
  const parts = name.split(/[-/]/)
  const os = systems.find((each) => parts.includes(each))
  const cpu = processors.find((each) => parts.includes(each))
  const libc = parts.some((part) => part.startsWith("musl"))
    ? "musl"
    : parts.some((part) => part.startsWith("gnu"))
      ? "glibc"
      : undefined
  return { ...(cpu && { cpu: [cpu] }), ...(os && { os: [os] }), ...(os === "linux" && libc && { libc: [libc] }) }
}

const root = resolve(process.argv[2] ?? join(import.meta.dirname, ".."))
const file = join(root, "package-lock.json")
const lockfile: { packages: Record<string, Entry> } = JSON.parse(readFileSync(file, "utf8"))
const added: Array<string> = []

const isHeld = (name: string, from: string): boolean => {
  for (let at = from; ; at = posix.dirname(at)) {
    const base = at === "." || at === "" ? "" : `${at}/`
    if (posix.basename(at) !== "node_modules" && `${base}node_modules/${name}` in lockfile.packages) return true
    if (base === "") return false
  }
}

for (const [path, { dev, link, optionalDependencies = {} }] of Object.entries(lockfile.packages)) {
  if (link === true) continue
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isHeld(name, path)) continue
    if (!/^\d/.test(version)) throw new Error(`${path} wants ${name}@${version}: not an exact version`)
    lockfile.packages[`node_modules/${name}`] = {
      version,
      ...platformOf(name),
      ...(dev === true && { dev }),
      optional: true
    }
    added.push(`${name}@${version}`)
  }
}

const { "": top, ...rest } = lockfile.packages
const sorted = Object.entries(rest).toSorted(([left], [right]) => left.localeCompare(right, "en"))
if (added.length > 0) {
  writeFileSync(
    file,
    `${JSON.stringify({ ...lockfile, packages: { "": top, ...Object.fromEntries(sorted) } }, undefined, 2)}\n`
  )
}
console.log(added.length === 0 ? "The lockfile is whole." : `Added ${added.join(", ")}`)
