import type { CloudCore, Description, Surroundings } from "../cloud/CloudCore.ts"
import type { Answer } from "../cloud/http.ts"
import * as OpenApi from "../../OpenApi.ts"
import { Clock } from "./Clock.ts"
import { Emulated, type Parts } from "./Emulated.ts"
import { Holds } from "./Holds.ts"
import { hasCloudInit } from "./machines/cloudInit.ts"
import { Host } from "./machines/Host.ts"
import { addresses, machinesMissing } from "./machines/place.ts"
import type { Runner } from "./machines/MachineSettings.ts"
import { mappedPort, type ServeOptions, withoutHands } from "./options.ts"
import { type Judge, Server } from "./Server.ts"
import { statePage } from "./statePage.ts"

const descriptions = new Map<string, Promise<OpenApi.OpenApi>>()

/** Compiled once per process: that takes longer than most tests. */
const loaded = (folder: string, name: string): Promise<OpenApi.OpenApi> => {
  const key = `${folder}\n${name}`
  const known = descriptions.get(key) ?? OpenApi.load(folder, name)
  descriptions.set(key, known)
  return known
}

const judgeOf = async (openApi: string, { base = "", excuses, name }: Description): Promise<Judge> => {
  const judge = await loaded(openApi, name)
  const below = (path: string) => (path.startsWith(`${base}/`) ? path.slice(base.length) : path)
  const held = (complaints: ReadonlyArray<string>) => complaints.filter((each) => excuses?.(each) !== true)
  return {
    request: (sent) => held(judge.request({ ...sent, path: below(sent.path) })),
    answer: (sent, { body, status }: Answer) =>
      held(judge.answer({ method: sent.method, path: below(sent.path) }, { status, body }))
  }
}

const clockOf = ({ startMillis, timeScale }: ServeOptions): Clock =>
  new Clock({
    ...(startMillis === undefined ? {} : { startMillis }),
    ...(timeScale === undefined ? {} : { scale: timeScale })
  })

const withoutMachines = "no machine is behind any address: nothing is proven about user data, login and host keys"

const ofMachines = [
  "kernel and network are this computer's: nothing is proven about drivers, firewalls and the metadata service",
  "there is no systemd on the machines: nothing is proven about units and timers"
]

const ofInterpreter =
  "user data is interpreted, not carried out by cloud-init: nothing is proven about what that does to it"

const inRealTime = "the machines' time is real, the cloud's is not: nothing is proven about clocks that both watch"

interface Around {
  readonly surroundings: Surroundings
  readonly runner: Runner
  readonly unproven: ReadonlyArray<string>
}

/** What machines there are to be, and what they cannot prove. */
const aroundOf = async (
  { machines = "none", sshPort: port = 22, timeScale = 1, userData }: ServeOptions,
  origin: () => string
): Promise<Around> => {
  const runner = userData ?? (hasCloudInit() ? "cloud-init" : "interpreter")
  const plain = withoutHands(origin)
  if (machines === "none") return { surroundings: plain, runner, unproven: [withoutMachines] }
  const missing = machinesMissing()
  if (missing !== undefined) return { surroundings: plain, runner, unproven: [`${missing}: ${withoutMachines}`] }
  const unproven = [
    ...ofMachines,
    ...(runner === "interpreter" ? [ofInterpreter] : []),
    ...(timeScale === 1 ? [] : [inRealTime])
  ]
  const address = await addresses(port)
  const mapped = (index: number) => ({ host: address(0), port: mappedPort(index) })
  return { surroundings: { ...plain, hasHands: true, address, port, mapped }, runner, unproven }
}

/** What stands around the cloud, for whoever serves it. */
export const partsOf = async <C extends CloudCore>(
  make: (surroundings: Surroundings) => C,
  options: ServeOptions
): Promise<Parts<C>> => {
  const at = { url: "" }
  const { runner, surroundings, unproven: around } = await aroundOf(options, () => at.url)
  const core = make(surroundings)
  const { openApi } = options
  const judge =
    openApi === undefined || core.description === undefined ? undefined : await judgeOf(openApi, core.description)
  const clock = clockOf(options)
  const holds = new Holds()
  const unproven = [...around, ...(core.unproven ?? [])]
  const host = surroundings.hasHands ? new Host({ core, clock, runner }) : undefined
  const server: Server = new Server({
    core,
    clock,
    holds,
    judge,
    refusesViolations: options.refusesViolations ?? true,
    latencyMillis: options.latencyMillis ?? 0,
    page: (path) => statePage(path, () => ({ core, now: clock.now(), requests: server.requests, unproven }))
  })
  at.url = `http://127.0.0.1:${await server.listen(options.port ?? 0)}`
  return { core, clock, holds, host, server, url: at.url, unproven }
}

/** A cloud that listens when the promise is kept. */
export const start = async <C extends CloudCore>(
  make: (surroundings: Surroundings) => C,
  options: ServeOptions
): Promise<Emulated<C>> => new Emulated(await partsOf(make, options))
