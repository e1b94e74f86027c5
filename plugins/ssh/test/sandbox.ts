import { spawn } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { claim, look, release, renew } from "../src/internal/claimScripts.ts"

export const owner = "ourselve"
/** Of this process alone: ending a machine ends whatever carries its key on this computer. */
const own = process.pid.toString(36).padStart(6, "0")
export const keyOf = (name: string): string => `${name.padEnd(14, "0")}${own}`
export const now = (): number => Math.floor(Date.now() / 1000)

export interface Place {
  readonly root: string
  readonly claims: string
  readonly base: string
}

export const place = (): Place => {
  const root = mkdtempSync(join(tmpdir(), "runctl-claims-"))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, "base"))
  return { root, claims: join(root, "claims"), base: join(root, "base") }
}

export type Result = { readonly code: number | null; readonly word: string; readonly out: string; readonly err: string }

export interface Options {
  readonly shell?: ReadonlyArray<string>
  readonly label?: string
  readonly path?: string
  readonly left?: number
}

export const claimArgs = ({ base, claims }: Place, key: string, { label = "", left = 3600 }: Options = {}) => [
  claims,
  keyOf(key),
  owner,
  String(left),
  "1900000000",
  "a-host",
  base,
  label,
  "exit 1"
]

/** Starts a script as a process of its own. */
export const started = (script: string, args: ReadonlyArray<string>, { path, shell = ["sh"] }: Options = {}) => {
  const [program = "sh", ...more] = shell
  const child = spawn(program, [...more, "-c", script, "sh", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(path === undefined ? {} : { PATH: `${path}:${process.env["PATH"]}` }) }
  })
  let [out, err] = ["", ""]
  child.stdout.on("data", (bytes) => (out += bytes))
  child.stderr.on("data", (bytes) => (err += bytes))
  const done = new Promise<Result>((resolve) => {
    child.once("close", (code) => resolve({ code, out, err, word: out.split("\t")[0] ?? "" }))
  })
  return { child, done }
}

export const run = (script: string, args: ReadonlyArray<string>, options?: Options) =>
  started(script, args, options).done

export const claiming = (at: Place, key: string, options?: Options) =>
  started(claim, claimArgs(at, key, options), options)

export const looked = ({ base, claims }: Place, key = "") => run(look, [claims, key, owner, base])

export const renewed = ({ claims }: Place, key: string, left: number) => run(renew, [claims, keyOf(key), String(left)])

/** When a claim expires. */
export const expiryOf = ({ claims }: Place, key: string): number =>
  Number(/^expiry (\d+)$/m.exec(readFileSync(join(claims, `${keyOf(key)}.claim`), "utf8"))?.[1])

export const released = ({ base, claims }: Place, key: string) => run(release, [claims, keyOf(key), base])

export const names = (folder: string): ReadonlyArray<string> =>
  existsSync(folder) ? readdirSync(folder).toSorted() : []

/** Puts a claim there as if somebody had left it. */
export const leave = (
  { base, claims }: Place,
  name: string,
  change: Record<string, string | number> = {},
  held = true
) => {
  const key = keyOf(name)
  if (!existsSync(claims)) mkdirSync(claims)
  chmodSync(claims, 0o1777)
  const says = {
    owner: "stranger",
    deadline: now() + 100,
    since: now(),
    expiry: now() + 1000,
    host: "a-host",
    directory: `${base}/.runctl/machines/${key}`,
    label: "",
    ...change
  }
  const lines = Object.entries(says).map(([word, value]) => `${word} ${value}\n`)
  writeFileSync(join(claims, `${key}.claim`), `runctl claim 1\n${lines.join("")}`, { mode: 0o644 })
  if (held) mkdirSync(join(claims, `${key}.held`))
  return { key, directory: says.directory }
}
