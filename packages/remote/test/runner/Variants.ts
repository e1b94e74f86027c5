import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** One way to run the script: a shell, the tools it finds, and perhaps a system without /proc. */
export interface Variant {
  readonly name: string
  readonly path: string
  readonly script: string
  readonly hasProc: boolean
  /** Whether its tail notices by itself that nobody reads any more. */
  readonly hasGnuTail: boolean
  readonly missing: string | undefined
}

/** The script under test. */
export const runner = path.resolve(import.meta.dirname, "../../src/runner/runner.sh")

/** The same folder for every run: nobody tells us when the last test is over, so nothing here is for one run only. */
const tools = path.join(os.tmpdir(), `runctl-runner-tools-${os.userInfo().uid}`)

const systemPath = process.env["PATH"] ?? "/usr/bin:/bin"

/** Where a tool is, if it is here. */
export const which = (tool: string): string | undefined =>
  systemPath
    .split(":")
    .map((folder) => path.join(folder, tool))
    .find((file) => fs.existsSync(file))

const shim = (name: string, links: ReadonlyArray<readonly [link: string, target: string | undefined]>): string => {
  const folder = path.join(tools, name)
  fs.mkdirSync(folder, { recursive: true })
  for (const [link, target] of links) {
    const file = path.join(folder, link)
    try {
      if (target !== undefined) fs.symlinkSync(target, file)
    } catch (error) {
      if (!fs.existsSync(file)) throw error
    }
  }
  return folder
}

const hasGnuTail = spawnSync("tail", ["--version"], { encoding: "utf8" }).stdout.includes("coreutils")

const withShell = (shell: string): Variant => ({
  name: shell,
  path: `${shim(`sh-${shell}`, [["sh", which(shell)]])}:${systemPath}`,
  script: runner,
  hasProc: true,
  hasGnuTail,
  missing: which(shell) === undefined ? shell : undefined
})

const busyboxAlone = (): Variant => {
  const busybox = which("busybox")
  const applets = busybox === undefined ? [] : spawnSync(busybox, ["--list"], { encoding: "utf8" }).stdout.split("\n")
  return {
    name: "busybox and its own tools",
    path: shim(
      "alone",
      applets.filter((applet) => applet !== "").map((applet) => [applet, busybox])
    ),
    script: runner,
    hasProc: true,
    hasGnuTail: false,
    missing: busybox === undefined ? "busybox" : undefined
  }
}

/** A script without what macOS lacks: /proc, by name. */
const withoutProc = (source: string): string => {
  const text = fs.readFileSync(source, "utf8").replaceAll("/proc", "/nowhere")
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16)
  const script = path.join(shim("without-linux", []), `${path.basename(source, ".sh")}-${digest}.sh`)
  if (!fs.existsSync(script)) fs.writeFileSync(script, text)
  return script
}

/** Another script as a variant runs it. */
export const asRunBy = ({ hasProc }: Variant, source: string): string => (hasProc ? source : withoutProc(source))

/** What macOS lacks, taken away: /proc by name, setsid by not finding it. The list is also all the tools we need. */
const withoutLinux = (): Variant => {
  const first = "awk bash cat chmod cksum date dd df env find grep kill ln ls mkdir mkfifo mv ps readlink rm rmdir"
  const others = "sed seq sleep sort stat tail tee tr wc"
  return {
    name: "bash without /proc and setsid",
    path: shim("posix", [
      ["sh", which("bash")],
      ...`${first} ${others}`.split(" ").map((tool): readonly [string, string | undefined] => [tool, which(tool)])
    ]),
    script: withoutProc(runner),
    hasProc: false,
    hasGnuTail,
    missing: which("bash") === undefined ? "bash" : undefined
  }
}

export const variants: ReadonlyArray<Variant> = [withShell("dash"), withShell("bash"), busyboxAlone(), withoutLinux()]
