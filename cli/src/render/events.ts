/**
 * Events as text.
 */
import type { EventView } from "../output/events.ts"
import type { Style } from "./style.ts"
import { clean } from "./table.ts"

const longest = 160

const shortened = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest - 1)}…`)

/** One event on one line. */
export const renderEvent = (event: EventView, style: Style): string => {
  const payload = JSON.stringify(event.payload)
  const about = payload === "{}" ? "" : ` ${style.dim(shortened(clean(payload)))}`
  return `${style.dim(event.at)} ${event.stream} ${style.bold(event.type)}${about}`
}
