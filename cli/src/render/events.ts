/**
 * Events as lines.
 */
import type { StoredEvent } from "@runctl/runtime/Journal"
import { wordsFor } from "../events/words.ts"
import type { Style } from "./style.ts"
import { clean } from "./table.ts"

const two = (value: number): string => String(value).padStart(2, "0")

/** `2026-11-21 10:25:19`, by this computer's clock. */
const localTime = (millis: number): string => {
  const at = new Date(millis)
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

const colorOf = (type: string, style: Style): ((text: string) => string) => {
  if (/Failed|Interrupted|Preempted|Exceeded/.test(type)) return style.red
  return /Completed|Verified|Provisioned/.test(type) ? style.green : style.bold
}

/** One event on one line. */
export const renderEvent = (event: StoredEvent, style: Style): string => {
  const words = wordsFor(event)
  const type = colorOf(event.type, style)(clean(event.type).padEnd(words === "" ? 0 : 21))
  return `${style.dim(localTime(event.at))}  ${clean(event.stream).padEnd(29)}  ${type}${words === "" ? "" : `  ${words}`}`
}
