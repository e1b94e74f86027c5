/**
 * What is to be forwarded, as it is typed: `8888`, `9000:8888`, `9000:db.internal:5432`.
 */
import { usage } from "../errors/Failure.ts"

/** A port here, and the host and port that the machine connects to. */
export interface Forward {
  readonly local: number
  readonly host: string
  readonly remote: number
}

/** The machine itself, whichever of its addresses something listens on. */
const itself = "localhost"

const form = /^(?:(\d+):)?(?:(?:\[([0-9A-Fa-f:.%]+)\]|([A-Za-z0-9._-]+)):)?(\d+)$/

const portOf = (text: string, least: number): number | undefined => {
  const port = Number(text)
  return port >= least && port <= 65_535 ? port : undefined
}

/** Throws a usage error for anything else. Port 0 here is any that is free. */
export const parseForward = (text: string): Forward => {
  const [, first, bracketed, bare, last = ""] = form.exec(text) ?? []
  const remote = portOf(last, 1)
  // `8000:9000` reads as a port and a port, not as a host and a port.
  const isHostOnly = first === undefined && (bracketed ?? bare) !== undefined
  const [here, host] =
    isHostOnly && bare !== undefined && /^\d+$/.test(bare) ? [bare, undefined] : [first, bracketed ?? bare]
  const local = portOf(here ?? last, here === undefined ? 1 : 0)
  if (remote === undefined || local === undefined || (here === undefined && host !== undefined)) {
    throw usage(`${text}: a port, LOCAL:PORT or LOCAL:HOST:PORT is wanted, with ports up to 65535`)
  }
  return { local, host: host ?? itself, remote }
}
