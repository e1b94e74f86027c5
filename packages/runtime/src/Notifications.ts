/**
 * Tells the user's own address or command how a run ended, or that money runs out.
 *
 * @since 0.1.0
 */
import type { Endpoint } from "@runctl/core/Endpoint"
import { type ShellError, Shells } from "@runctl/core/Shell"
import type * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpBody from "effect/http/HttpBody"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { event } from "./Event.ts"
import { EventBus } from "./EventBus.ts"
import { Home } from "./Home.ts"
import { streams } from "./Projections.ts"
import { Records } from "./Records.ts"
import type { RunRecord } from "./RunRecord.ts"
import { Secrets } from "./Secrets.ts"

/** The user's command ended with an error. */
class NotifierFailed extends Schema.TaggedError<NotifierFailed>("@runctl/runtime/NotifierFailed")("NotifierFailed", {
  message: Schema.String
}) {}

/** What is sent: JSON to an address, the same on standard input of a command. */
const bodyOf = (run: RunRecord, what: string, message: string | null) => ({
  event: what,
  run: run.id,
  name: run.spec.name,
  state: run.state,
  exitCode: run.exitCode ?? null,
  problem: run.problem?.message ?? null,
  message
})

const post = Effect.fnUntraced(function* (
  url: string,
  body: unknown
): Effect.fn.Return<void, HttpClientError.HttpClientError | HttpBody.HttpBodyError, HttpClient.HttpClient> {
  const client = yield* HttpClient.HttpClient
  const request = yield* HttpClientRequest.bodyJson(HttpClientRequest.post(url), body)
  yield* HttpClient.filterStatusOk(client).execute(request)
})

const command = Effect.fnUntraced(function* (
  script: string,
  body: ReturnType<typeof bodyOf>
): Effect.fn.Return<void, NotifierFailed | ShellError, Shells | Home | Scope.Scope> {
  const shells = yield* Shells
  const { root } = yield* Home
  const user = yield* Config.option(Config.String("HOME")).pipe(Effect.orElseSucceed(Option.none))
  const environment = Option.match(user, { onNone: () => ({}), onSome: (HOME) => ({ HOME }) })
  const here: Endpoint = { _tag: "Local", home: root, environment }
  const shell = yield* shells.open(here)
  const { exitCode } = yield* shell.exec({
    script,
    stdin: JSON.stringify(body),
    environment: {
      RUNCTL_EVENT: body.event,
      RUNCTL_RUN: body.run,
      RUNCTL_STATE: body.state
    }
  })
  if (exitCode !== 0) return yield* new NotifierFailed({ message: `it ended with ${exitCode}` })
}, Effect.scoped)

type SendError =
  | HttpClientError.HttpClientError
  | HttpBody.HttpBodyError
  | NotifierFailed
  | ShellError
  | Cause.TimeoutError

/** The reason in our own words: an address or a command may hold a secret, and messages quote them in many forms. */
const reasonOf = (error: SendError): string => {
  switch (error._tag) {
    case "HttpClientError":
      return error.response === undefined
        ? `the address could not be reached (${error.reason._tag})`
        : `the address answered with ${error.response.status}`
    case "NotifierFailed":
      return `the command failed: ${error.message}`
    case "TimeoutError":
      return "there was no answer in time"
    case "ShellError":
      return `the command could not be run (${error.reason._tag})`
    case "HttpBodyError":
      return "the notification could not be written"
  }
}

/**
 * Registers the notifier on the bus, for as long as the scope lives. A notification that fails is recorded in its run.
 *
 * @category components
 * @since 0.1.0
 */
export const register = Effect.fn("Notifications.register")(function* () {
  const bus = yield* EventBus
  const records = yield* Records
  const secrets = yield* Secrets
  const services = yield* Effect.context<HttpClient.HttpClient | Shells | Home>()

  const send = (
    kind: "url" | "command",
    where: string,
    body: ReturnType<typeof bodyOf>
  ): Effect.Effect<void, Exclude<SendError, Cause.TimeoutError>> =>
    kind === "url"
      ? Effect.provideContext(post(where, body), services)
      : Effect.provideContext(command(where, body), services)

  const tell = Effect.fnUntraced(function* (id: string | undefined, what: string, message: string | null) {
    const run = id === undefined ? undefined : yield* records.run(id)
    if (run?.spec.notify === undefined) return
    const target = (yield* secrets.of(run.id))?.notify
    const failed = (message: string) =>
      Effect.asVoid(records.append(streams.run(run.id), [event("NotificationFailed", { message })]))
    if (target === undefined) return yield* failed("the address was known only to a supervisor that has ended")
    const where = Redacted.value(target)
    yield* send(run.spec.notify, where, bodyOf(run, what, message)).pipe(
      Effect.timeout("30 seconds"),
      Effect.retry({ times: 2 }),
      Effect.catch((error) => failed(reasonOf(error)))
    )
  })

  for (const type of ["RunCompleted", "RunFailed", "RunCancelled", "RunInterrupted"] as const) {
    yield* bus.on(type, (_, { run }) => Effect.asVoid(tell(run, type, null)))
  }
  for (const type of ["BudgetWarned", "BudgetExceeded"] as const) {
    yield* bus.on(type, ({ payload }, { run }) => Effect.asVoid(tell(run, type, payload.message)))
  }
})
