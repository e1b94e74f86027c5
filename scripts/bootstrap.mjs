/**
 * Makes a checkout ready: installs what package-lock.json names and builds the CLI, each only when something changed.
 * Needs nothing but Node 20 and npm. Everything it says goes to stderr, so that `npm start -s -- … --json` stays clean.
 */
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { delimiter, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { withLock } from "./bootstrap-lock.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const at = (...parts) => join(root, ...parts)
const modules = at("node_modules")
const ownNode = join(modules, ".bin", "node")
const platform = `${process.platform}-${process.arch}`
const shippedNode = join(modules, `node-${platform}`, "bin", "node")
const major = Number(process.versions.node.split(".")[0])

const say = (line) => process.stderr.write(`${line}\n`)
const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "")
const sha256 = (...parts) =>
  parts.reduce((hash, part) => hash.update(part).update("\0"), createHash("sha256")).digest("hex")

/** A failure the reader can do something about: no stack trace. */
class Advice extends Error {}

const manifest = () => JSON.parse(readFileSync(at("package.json"), "utf8"))
const shipsNode = () => `node-${platform}` in (manifest().optionalDependencies ?? {})

const requireNode = (wanted, why) => {
  if (major < wanted) throw new Advice(`${why} needs Node ${wanted} or newer; this is Node ${process.versions.node}.`)
}

const installStamp = () =>
  sha256(platform, read(at("package-lock.json")), JSON.stringify(manifest().optionalDependencies ?? {}))

/** npm writes its hidden lockfile last: when it agrees with ours, somebody has already installed everything. */
const installedByHand = () => {
  const hidden = read(join(modules, ".package-lock.json"))
  if (hidden === "" || (shipsNode() && !existsSync(ownNode) && !existsSync(shippedNode))) return false
  const present = JSON.parse(hidden).packages
  return Object.entries(JSON.parse(read(at("package-lock.json"))).packages).every(([path, wanted]) => {
    if (!path.includes("node_modules/")) return true
    const found = present[path]
    return found === undefined
      ? wanted.optional === true
      : found.link === wanted.link && found.version === wanted.version
  })
}

const unreachable =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EIDLETIMEOUT|ERR_SOCKET_TIMEOUT)\b/

/** Runs a child whose output all goes to stderr; answers its exit code and the end of what it said. */
const run = (command, args, env) =>
  new Promise((resolve, reject) => {
    const shell = process.platform === "win32"
    const child = spawn(command, args, { cwd: root, env, shell, stdio: ["ignore", "pipe", "pipe"] })
    let said = ""
    const relay = (chunk) => {
      process.stderr.write(chunk)
      said = (said + chunk).slice(-20_000)
    }
    child.stdout.on("data", relay)
    child.stderr.on("data", relay)
    const forward = (signal) => child.kill(signal)
    process.once("SIGINT", forward).once("SIGTERM", forward)
    child.once("error", reject)
    child.once("close", (code, signal) => {
      process.off("SIGINT", forward).off("SIGTERM", forward)
      resolve({ code: signal === null ? code : 130, said })
    })
  })

/** npm as the caller started it, never through the Node we are about to replace. */
const npm = () => {
  const env = { ...process.env }
  for (const name of ["npm_config_workspace", "npm_config_workspaces", "npm_config_dry_run"]) delete env[name]
  const path = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH"
  env[path] = (env[path] ?? "")
    .split(delimiter)
    .filter((entry) => entry !== dirname(ownNode))
    .join(delimiter)
  const { npm_execpath: cli, npm_node_execpath: node } = process.env
  const given = cli?.endsWith("npm-cli.js") && node && !node.startsWith(modules) && existsSync(cli) && existsSync(node)
  return given ? { command: node, first: [cli], env } : { command: "npm", first: [], env }
}

const isLinked = () => existsSync(ownNode) || !existsSync(shippedNode)

/** npm 10 takes our link away together with those of the platforms it leaves out. */
const linkNode = () => {
  if (!existsSync(shippedNode)) return
  if (spawnSync(shippedNode, ["-v"]).status !== 0) {
    // Built for glibc, it cannot start here, and would stand before the reader's own.
    rmSync(dirname(dirname(shippedNode)), { recursive: true })
    rmSync(ownNode, { force: true })
    requireNode(24, "The Node that comes with the packages does not run on this system, so runctl")
  } else if (!existsSync(ownNode)) {
    rmSync(ownNode, { force: true })
    mkdirSync(dirname(ownNode), { recursive: true })
    symlinkSync(relative(dirname(ownNode), shippedNode), ownNode)
  }
}

const install = async () => {
  if (!shipsNode()) requireNode(24, `On ${platform} runctl`)
  const stampFile = join(modules, ".bootstrap")
  const stamp = installStamp()
  if (read(stampFile) === stamp && isLinked()) return
  if (read(stampFile) !== stamp && !installedByHand()) {
    rmSync(stampFile, { force: true })
    const count = Object.keys(JSON.parse(read(at("package-lock.json"))).packages).length
    const started = Date.now()
    const seconds = () => Math.round((Date.now() - started) / 1000)
    say(`Installing ${count} packages into node_modules (once; about 20 s, longer on a slow line) …`)
    const ticker = setInterval(() => say(`… still installing (${seconds()} s)`), 20_000)
    const { command, first, env } = npm()
    // A NODE_ENV of production or a user's omit=optional would leave out what builds and runs this checkout.
    const args = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"]
    const { code, said } = await run(command, [...first, ...args], env).finally(() => clearInterval(ticker))
    if (code === 130) throw new Advice("Interrupted while installing; the next run starts the installation again.")
    if (code !== 0 && unreachable.test(said)) {
      throw new Advice(
        "npm could not reach its registry. Check the network, proxy and `npm config get registry`, and run this again."
      )
    }
    if (code !== 0)
      throw new Advice(
        `npm ci failed with exit code ${code}; its own words are above. Nothing was marked as installed.`
      )
    say(`Installed in ${seconds()} s.`)
  }
  linkNode()
  mkdirSync(modules, { recursive: true })
  writeFileSync(stampFile, stamp)
}

/** Path, size and time of every source below `folder`: it changes with an edit, an addition and a removal. */
const listing = (folder) => {
  if (!existsSync(at(folder))) return []
  return readdirSync(at(folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath ?? entry.path, entry.name)
      const { size, mtimeMs } = statSync(file)
      return `${file} ${size} ${mtimeMs}`
    })
    .toSorted()
}

const members = (group) => (existsSync(at(group)) ? readdirSync(at(group)).map((name) => join(group, name)) : [])

const buildStamp = () => {
  const packages = [...members("packages"), ...members("plugins"), "cli"]
  const manifests = [...packages.map((name) => join(name, "package.json")), "scripts/build.mjs", "tsconfig.base.json"]
  return sha256(
    installStamp(),
    ...packages.flatMap((name) => listing(join(name, "src"))),
    ...listing("cli/bin"),
    ...manifests.map((name) => read(at(name)))
  )
}

const isBuilt = (stamp) =>
  read(join(modules, ".bootstrap-build")) === stamp &&
  existsSync(at("cli/dist")) &&
  existsSync(at("cli/oclif.manifest.json"))

const build = async () => {
  if (!existsSync(at("scripts/build.mjs"))) return
  const stamp = buildStamp()
  if (isBuilt(stamp)) return
  const started = Date.now()
  say("Building the CLI (a few seconds) …")
  const { code } = await run(existsSync(ownNode) ? ownNode : process.execPath, [at("scripts/build.mjs")], process.env)
  if (code === 130) throw new Advice("Interrupted while building; the next run starts the build again.")
  if (code !== 0) throw new Advice(`scripts/build.mjs failed with exit code ${code}; its own words are above.`)
  writeFileSync(join(modules, ".bootstrap-build"), stamp)
  say(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.`)
}

const isReady = () =>
  read(join(modules, ".bootstrap")) === installStamp() &&
  isLinked() &&
  (!existsSync(at("scripts/build.mjs")) || isBuilt(buildStamp()))

const main = async () => {
  requireNode(20, "Working on runctl")
  if (isReady()) return
  await withLock(at(".bootstrap.lock"), say, async () => {
    await install()
    await build()
  })
}

main().catch((error) => {
  const denied = ["EROFS", "EACCES", "EPERM"].includes(error.code)
  if (denied)
    say(
      `This checkout cannot be written (${error.code}: ${error.path ?? root}) and is not set up yet. Copy it to where you can write.`
    )
  else if (error.code === "ENOENT" && error.syscall?.startsWith("spawn"))
    say("npm was not found on the PATH. It comes with Node: https://nodejs.org")
  else say(error instanceof Advice ? error.message : (error.stack ?? String(error)))
  process.exitCode = 1
})
