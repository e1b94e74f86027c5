/**
 * Who deals with Ctrl-C and other requests to end: whoever asked last.
 */
import { exits } from "./errors/Explanation.ts"

/** Deals with a signal. */
export type Handler = (signal: NodeJS.Signals) => void

const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** Nothing has begun that would have to be ended. */
const atOnce: Handler = () => process.exit(exits.interrupted)

const handlers: Array<Handler> = [atOnce]

/** Makes this process deal with signals itself, from now on. */
export const listen = (): void => {
  for (const name of names) process.on(name, (signal) => handlers.at(-1)?.(signal))
}

/** Deals with all signals until the answer is called. */
export const take = (handler: Handler): (() => void) => {
  handlers.push(handler)
  return () => {
    const index = handlers.lastIndexOf(handler)
    if (index > 0) handlers.splice(index, 1)
  }
}
