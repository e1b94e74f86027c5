/**
 * How the components of one process talk: by events, to whoever registered for their type.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Event, EventType } from "./Event.ts"

/** Nobody accepted a request in time. @category errors @since 0.1.0 */
export class RequestNotAccepted extends Schema.TaggedError<RequestNotAccepted>("@runctl/runtime/RequestNotAccepted")(
  "RequestNotAccepted",
  { type: Schema.String }
) {
  override get message(): string {
    return `nobody accepted the request ${this.type}`
  }
}

/** An event of one type. @category models @since 0.1.0 */
export type EventOf<T extends EventType> = Extract<Event, { readonly type: T }>

/** Where an event came from. @category models @since 0.1.0 */
export interface Origin {
  readonly run?: string
  readonly correlationId?: string
}

/** Reacts to an event; its failures are logged, and never reach who emitted it. @category models @since 0.1.0 */
export type Handler<T extends EventType> = (event: EventOf<T>, origin: Origin) => Effect.Effect<void, unknown>

/**
 * The bus of one process.
 *
 * @category services
 * @since 0.1.0
 */
export class EventBus extends Context.Service<
  EventBus,
  {
    /** Tells every handler, and does not wait for them. */
    readonly emit: (event: Event, origin?: Origin) => Effect.Effect<void>
    /** Tells every handler and waits until all are done. */
    readonly emitAwait: (event: Event, origin?: Origin) => Effect.Effect<void>
    /** Asks for something: done once a handler has accepted it, which is all it promises; what follows are facts. */
    readonly request: (event: Event, origin?: Origin) => Effect.Effect<void, RequestNotAccepted>
    /** Registers a handler for as long as the scope lives. */
    readonly on: <T extends EventType>(type: T, handler: Handler<T>) => Effect.Effect<void, never, Scope.Scope>
    /** Waits until no handler is at work any more. */
    readonly drain: Effect.Effect<void>
  }
>()("@runctl/runtime/EventBus") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<EventBus> = Layer.effect(
    EventBus,
    Effect.gen(function* () {
      const handlers = new Map<EventType, Set<(event: Event, origin: Origin) => Effect.Effect<void, unknown>>>()
      const working = yield* FiberSet.make<void>()

      const reactions = (event: Event, origin: Origin) =>
        [...(handlers.get(event.type) ?? [])].map((each) => Effect.suspend(() => each(event, origin)))

      const safely = (reaction: Effect.Effect<void, unknown>, event: Event) =>
        reaction.pipe(Effect.catchCause((cause) => Effect.logWarning(`a handler of ${event.type} failed`, cause)))

      return EventBus.of({
        emit: (event, origin = {}) =>
          Effect.suspend(() =>
            Effect.forEach(reactions(event, origin), (reaction) => FiberSet.run(working, safely(reaction, event)), {
              discard: true
            })
          ),
        emitAwait: (event, origin = {}) =>
          Effect.suspend(() =>
            Effect.forEach(reactions(event, origin), (reaction) => safely(reaction, event), {
              concurrency: "unbounded",
              discard: true
            })
          ),
        request: Effect.fn("EventBus.request")(function* (event: Event, origin: Origin = {}) {
          const refused = new RequestNotAccepted({ type: event.type })
          // A handler that is broken does not accept.
          const [accept, ...others] = reactions(event, origin).map((reaction) =>
            Effect.catchDefect(reaction, () => Effect.fail(refused))
          )
          if (accept === undefined) return yield* refused
          yield* Effect.firstSuccessOf([accept, ...others]).pipe(
            Effect.mapError(() => refused),
            Effect.timeoutOrElse({ duration: defaults.requestAccepted, orElse: () => Effect.fail(refused) })
          )
        }),
        on: (type, handler) =>
          Effect.acquireRelease(
            Effect.sync(() => {
              const registered = handlers.get(type) ?? new Set()
              const entry = (event: Event, origin: Origin) => (isOf(event, type) ? handler(event, origin) : Effect.void)
              handlers.set(type, registered.add(entry))
              return () => registered.delete(entry)
            }),
            (remove) => Effect.sync(remove)
          ).pipe(Effect.asVoid),
        drain: FiberSet.awaitEmpty(working)
      })
    })
  )
}

const isOf = <T extends EventType>(event: Event, type: T): event is EventOf<T> => event.type === type
