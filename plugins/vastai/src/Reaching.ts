/**
 * Which of the two ways to a machine is taken.
 *
 * @since 0.1.0
 */
import { ofTransport } from "@runctl/core/CloudFailure"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { Instance } from "./Answers.ts"
import type { Settings } from "./Settings.ts"
import { directWay, proxyWay, type Way } from "./Ways.ts"

/** Whoever does not answer within this is not reached. */
const patience = Duration.seconds(3)

/** So long what was found out about a way holds. **Units**  milliseconds */
const holds = 5 * 60_000

/** Tells whether anybody listens at an address. @category models @since 0.1.0 */
export type Listens = (way: Way) => Effect.Effect<boolean>

/**
 * Asks for a connection, and nothing more: what an sshd says to a request of HTTP is of no interest.
 *
 * @category constructors
 * @since 0.1.0
 */
export const listens = (http: HttpClient.HttpClient): Listens => {
  const known = new Map<string, { readonly isOpen: boolean; readonly at: number }>()
  return Effect.fnUntraced(function* ({ host, port }) {
    const name = `${host}:${port}`
    const now = yield* Clock.currentTimeMillis
    const before = known.get(name)
    if (before !== undefined && Math.abs(now - before.at) < holds) return before.isOpen
    const isOpen = yield* http.execute(HttpClientRequest.get(`http://${name}/`)).pipe(
      Effect.as(true),
      Effect.catch((error) => Effect.succeed(ofTransport("the host")(error)._tag !== "NotSent")),
      Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.succeed(false) }),
      Effect.scoped
    )
    // A machine that has just come up may listen a moment later.
    if (isOpen) known.set(name, { isOpen, at: now })
    return isOpen
  })
}

/**
 * The way to an instance: the host's own address, and where nobody is reached there, Vast.ai's proxy; the other way round
 * where the settings want the proxy. Nothing while neither is known.
 *
 * @category queries
 * @since 0.1.0
 */
export const wayTo = (
  instance: Instance,
  preferred: Settings["ssh"],
  isOpen: Listens
): Effect.Effect<Way | undefined> => {
  const [direct, proxy] = [directWay(instance), proxyWay(instance)]
  if (direct === undefined || proxy === undefined) return Effect.succeed(direct ?? proxy)
  if (preferred === "proxy") return Effect.succeed(proxy)
  return Effect.map(isOpen(direct), (isReached) => (isReached ? direct : proxy))
}
