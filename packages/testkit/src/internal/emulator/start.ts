import type { Answer } from "../cloud/http.ts"
import * as OpenApi from "../../OpenApi.ts"
import { Clock } from "./Clock.ts"
import { Cloud } from "./Cloud.ts"
import { Holds } from "./Holds.ts"
import { makeCore, type Options } from "./options.ts"
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

export const start = async (options: Options): Promise<Cloud> => {
  const judge = options.openApi === undefined ? undefined : await judgeOf(options.openApi)
  const clock = clockOf(options)
  const holds = new Holds()
  const unproven = [withoutMachines]
  const origin = { url: "" }
  const core = makeCore({ ...options, origin: () => origin.url })
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
  return new Cloud({ core, clock, holds, server, url: origin.url, unproven })
}
