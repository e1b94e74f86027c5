import type { Answer } from "../http.ts"
import { createRoute } from "./create.ts"
import { noGpusOnHost, notFound, problem } from "./errors.ts"
import type { Pod } from "./model.ts"
import { type Call, done, ok, type Route, route } from "./route.ts"
import { Action, answers, ListQuery, noBody, noQuery } from "./schemas.ts"
import * as views from "./views.ts"
import type { World } from "./World.ts"

const one = "/v2/pods/:pod"

const list = (world: World, { now, query, readAt }: Call<typeof ListQuery.Type, undefined>): Answer => {
  const found = [...world.pods.values()].toReversed().flatMap((pod) => {
    const state = world.seen(pod, readAt)
    return state === undefined ? [] : [{ pod, state }]
  })
  const begin = query.cursor === undefined ? 0 : Number(/^after-(\d+)$/.exec(query.cursor)?.[1] ?? Number.NaN)
  if (Number.isNaN(begin)) return problem(422, "malformed cursor")
  const end = begin + Math.min(query.limit ?? 1000, world.options.pageLength)
  const hasNextPage = end < found.length
  return ok({
    pods: found.slice(begin, end).map(({ pod, state }) => views.pod(pod, state, now)),
    pagination: { nextCursor: hasNextPage ? `after-${end}` : null, hasNextPage }
  })
}

const destroy = (world: World, pod: Pod, now: number): Answer => {
  const request = { method: "DELETE", path: `/v2/pods/${pod.id}` }
  pod.touched = true
  if (world.faults.pendingEvents.take(request) === true) return problem(409, "the pod is busy with another action")
  if (world.faults.ignoredDeletes.take(request) !== true) world.destroy(pod, now)
  return done
}

const start = (world: World, pod: Pod, now: number): Answer => {
  if (world.starts === "refused") return problem(400, noGpusOnHost)
  const state = pod.truth.at(now)
  if (state === undefined) return notFound
  const gpus = world.starts === "empty" ? 0 : pod.gpu === undefined ? 0 : Math.max(1, state.gpus)
  const booting = { ...state, status: "PROVISIONING", isReachable: false, gpus } as const
  // Address and port are others after each start; a real sshd stays where it is.
  if (world.hands === undefined) pod.port += 1000
  pod.truth.set(now, booting)
  pod.rates.push({ from: now, usdPerHour: pod.rates[0]?.usdPerHour ?? pod.usdPerHour })
  world.boot(pod, now)
  return ok(views.pod(pod, booting, now))
}

const act = (world: World, pod: Pod, action: typeof Action.Type.action, now: number, path: string): Answer => {
  const state = pod.truth.at(now)
  const request = { method: "POST", path, body: { action } }
  if (state === undefined) return notFound
  pod.touched = true
  if (world.faults.pendingEvents.take(request) === true) return problem(409, "the pod is busy with another action")
  if (!views.actionsOf(state).includes(action))
    return problem(409, `${action} is not valid for a pod that is ${state.status}`)
  if (action === "stop" && pod.locked) return problem(409, "the pod is locked")
  if (world.faults.failedActions.take(request) === true) return ok(views.pod(pod, state, now))
  switch (action) {
    case "terminate":
      return destroy(world, pod, now)
    case "start":
      return start(world, pod, now)
    case "stop":
      world.stop(pod, now)
      return ok(views.pod(pod, pod.truth.at(now) ?? state, now))
    case "restart":
      return ok(views.pod(pod, state, now))
  }
}

/** A pod that is there, by the id in the path. */
const podOf = (world: World, id = "", now: number): Pod | undefined => {
  const pod = world.pods.get(id)
  return pod?.truth.at(now) === undefined ? undefined : pod
}

export const podRoutes: ReadonlyArray<Route> = [
  createRoute,
  route({ method: "GET", path: "/v2/pods", query: ListQuery, body: noBody, answer: answers.pods, run: list }),
  route({
    method: "GET",
    path: one,
    isForPods: true,
    query: noQuery,
    body: noBody,
    answer: answers.pod,
    run: (world, { now, params: [id], readAt }) => {
      const pod = world.pods.get(id ?? "")
      const state = pod && world.seen(pod, readAt)
      return pod === undefined || state === undefined ? notFound : ok(views.pod(pod, state, now))
    }
  }),
  route({
    method: "DELETE",
    path: one,
    isForPods: true,
    query: noQuery,
    body: noBody,
    answer: answers.none,
    run: (world, { now, params: [id] }) => {
      const pod = podOf(world, id, now)
      return pod === undefined ? notFound : destroy(world, pod, now)
    }
  }),
  route({
    method: "POST",
    path: `${one}/action`,
    query: noQuery,
    body: Action,
    answer: answers.podOrNone,
    run: (world, { body, now, params: [id], path }) => {
      const pod = podOf(world, id, now)
      return pod === undefined ? notFound : act(world, pod, body.action, now, path)
    }
  })
]
