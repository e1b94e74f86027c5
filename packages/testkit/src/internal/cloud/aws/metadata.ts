import type { Answer, Request } from "../http.ts"
import { isoTime } from "./asking.ts"
import type { World } from "./World.ts"

/** What an instance is told about itself; each has an address of its own here. */
export const metadataPattern = /^\/imds\/(i-[0-9a-f]+)(\/latest\/.*)$/

const text = (status: number, body: string): Answer => ({ status, headers: { "content-type": "text/plain" }, body })

const missing = text(404, "Not Found\n")

const tokenHeader = "x-aws-ec2-metadata-token"

/** Version 2 of the service: a token is asked for first, and has to be shown. */
export const metadata = (
  world: World,
  [, id = "", path = ""]: RegExpExecArray,
  request: Request,
  now: number
): Answer => {
  const instance = world.instances.get(id)
  if (instance === undefined || world.stateOf(instance, now) !== "running") return missing
  const { headers = {}, method } = request
  const token = `token-of-${id}`
  if (method === "PUT" && path === "/latest/api/token") {
    return headers[`${tokenHeader}-ttl-seconds`] === undefined ? text(400, "Bad Request\n") : text(200, token)
  }
  if (method !== "GET") return text(405, "Method Not Allowed\n")
  if (instance.requiresToken && headers[tokenHeader] !== token) return text(401, "Unauthorized\n")
  switch (path) {
    case "/latest/meta-data/instance-id":
      return text(200, id)
    case "/latest/meta-data/spot/instance-action":
      return instance.takenAt === undefined
        ? missing
        : text(
            200,
            JSON.stringify({
              action: "terminate",
              time: isoTime(instance.takenAt).replace(/\.\d+Z$/, "Z")
            })
          )
    case "/latest/meta-data/events/recommendations/rebalance":
      return instance.rebalance ? text(200, JSON.stringify({ noticeTime: isoTime(now) })) : missing
    default:
      return missing
  }
}
