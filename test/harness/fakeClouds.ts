import { buildSync } from "esbuild"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Box } from "./Box.ts"
import { capabilities, goneFile, noticeFile, type Settings } from "./fakeCloud/FakeCloud.ts"
import { processesWith, signal } from "./processes.ts"

let bundled: string | undefined

/** A module of its own, as plugins are published: packages of the workspace need not be built for it. */
const module = (): string => {
  if (bundled !== undefined) return bundled
  const [output] = buildSync({
    entryPoints: [join(import.meta.dirname, "fakeCloud", "FakeCloud.ts")],
    bundle: true,
    format: "esm",
    platform: "node",
    conditions: ["source"],
    write: false
  }).outputFiles
  bundled = output?.text ?? ""
  return bundled
}

/** A cloud that is a folder of a box, for `runctl` a plugin like every other. */
export class FakeCloud {
  readonly name: string
  readonly folder: string

  constructor(box: Box, name: string, settings: Settings) {
    this.name = name
    this.folder = join(box.folder, "clouds", name)
    mkdirSync(join(this.folder, "machines"), { recursive: true })
    const manifest = {
      api: 1,
      kind: "provider",
      provider: "./index.js",
      name,
      title: `The cloud ${name}`,
      capabilities,
      credentials: { environment: [`${name.toUpperCase()}_TOKEN`], files: [] }
    }
    const described = { name: `runctl-plugin-${name}`, version: "1.0.0", type: "module", runctl: manifest }
    writeFileSync(join(this.folder, "package.json"), JSON.stringify(described))
    writeFileSync(join(this.folder, "cloud.js"), module())
    writeFileSync(
      join(this.folder, "index.js"),
      `import { plugin as make } from "./cloud.js"\nexport const plugin = make(${JSON.stringify(name)}, import.meta.dirname)\n`
    )
    this.decide(settings)
    box.env[`${name.toUpperCase()}_TOKEN`] = "secret"
  }

  /** From now on. */
  decide(settings: Settings): void {
    writeFileSync(join(this.folder, "cloud.json"), JSON.stringify(settings))
  }

  /** The keys of machines that are there. */
  get machines(): ReadonlyArray<string> {
    return readdirSync(join(this.folder, "machines"))
  }

  /** The machines that cost money. */
  get living(): ReadonlyArray<string> {
    return this.machines.filter((key) => !existsSync(join(this.folder, "machines", key, goneFile)))
  }

  /** Tells a machine that it will be taken back. */
  warn(key: string): void {
    writeFileSync(join(this.folder, "machines", key, noticeFile), "")
  }

  /** Takes a machine back, with all that runs on it, and without a word. */
  takeBack(key: string): void {
    writeFileSync(join(this.folder, "machines", key, goneFile), "")
    for (const pid of processesWith([`RUNCTL_MACHINE=${key},`])) signal(pid, "SIGKILL")
  }
}

/** Names plugins in the user's configuration, beside what is there. */
export const configure = (box: Box, clouds: ReadonlyArray<FakeCloud>, more: object = {}): void => {
  const folder = join(box.folder, "user", ".config", "runctl")
  mkdirSync(folder, { recursive: true })
  const file = join(folder, "config.yaml")
  const before: object = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}
  writeFileSync(file, JSON.stringify({ ...before, plugins: clouds.map(({ folder: each }) => each), ...more }))
}
