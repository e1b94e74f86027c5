import type { Answer } from "../cloud/http.ts"
import * as OpenApi from "../../OpenApi.ts"
import { Clock } from "./Clock.ts"
import { Cloud } from "./Cloud.ts"
import { Holds } from "./Holds.ts"
import { hasCloudInit } from "./machines/cloudInit.ts"
import type { Runner } from "./machines/DropletMachine.ts"
import { Host } from "./machines/Host.ts"
import { addresses, machinesMissing } from "./machines/place.ts"
import { type Hands, makeCore, type Options, withoutHands } from "./options.ts"
import { type Judge, Server } from "./Server.ts"
import { statePage } from "./statePage.ts"

const descriptions = new Map<string, Promise<OpenApi.OpenApi>>()

/** Compiled once per process: that takes longer than most tests. */
const judgeOf = async (openApi: string): Promise<Judge> => {
  const known = descriptions.get(openApi) ?? OpenApi.load(openApi, "digitalocean")
  descriptions.set(openApi, known)
  const judge = await known
  return {
    request: (sent) => judge.request(sent),
    answer: (sent, { body, status }: Answer) => judge.answer(sent, { status, body })
  }
}

const clockOf = ({ startMillis, timeScale }: Options): Clock =>
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

const port = 22

interface Machines {
  readonly hands: Hands
  readonly runner: Runner
  readonly unproven: ReadonlyArray<string>
}

/** What machines there are to be, and what they cannot prove. */
const machinesOf = async ({
  machines = "none",
  sshPort = port,
  timeScale = 1,
  userData
}: Options): Promise<Machines> => {
  const runner = userData ?? (hasCloudInit() ? "cloud-init" : "interpreter")
  if (machines === "none") return { hands: withoutHands, runner, unproven: [withoutMachines] }
  const missing = machinesMissing()
  if (missing !== undefined) return { hands: withoutHands, runner, unproven: [`${missing}: ${withoutMachines}`] }
  const unproven = [
    ...ofMachines,
    ...(runner === "interpreter" ? [ofInterpreter] : []),
    ...(timeScale === 1 ? [] : [inRealTime])
  ]
  return { hands: { hasHands: true, address: await addresses(sshPort) }, runner, unproven }
}

export const start = async (options: Options): Promise<Cloud> => {
  const judge = options.openApi === undefined ? undefined : await judgeOf(options.openApi)
  const { hands, runner, unproven } = await machinesOf(options)
  const clock = clockOf(options)
  const holds = new Holds()
  const origin = { url: "" }
  const core = makeCore({ ...options, origin: () => origin.url }, hands)
  const { bootSeconds = 0, deleteSeconds = 0, powerSeconds = 0, sshPort = port } = options
  const host = hands.hasHands
    ? new Host({ core, clock, port: sshPort, runner, bootSeconds, deleteSeconds, powerSeconds })
    : undefined
  const server: Server = new Server({
    core,
    clock,
    holds,
    judge,
    refusesViolations: options.refusesViolations ?? true,
    latencyMillis: options.latencyMillis ?? 0,
    page: (path) => statePage(path, () => ({ core, now: clock.now(), requests: server.requests, unproven }))
  })
  origin.url = `http://127.0.0.1:${await server.listen(options.port ?? 0)}`
  return new Cloud({ core, clock, holds, host, server, url: origin.url, unproven })
}
