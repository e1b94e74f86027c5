/**
 * How fast DigitalOcean's API may be asked.
 *
 * @since 0.1.0
 */
import * as Pace from "@runctl/core/Pace"

/** What a request is for. @category models @since 0.1.0 */
export type Lane = "read" | "change" | "keys"

const changes = [
  { requests: 235, millis: 62_000 },
  { requests: 4_800, millis: 3_610_000 }
]

/**
 * Below what DigitalOcean allows (250 a minute, 5,000 an hour, 10 key requests a minute), by as much as requests may
 * crowd together on their way and other programs with the same token may ask meanwhile.
 *
 * @source https://docs.digitalocean.com/reference/api/ (read 2026-11-20)
 * @category constants
 * @since 0.1.0
 */
export const plan: Pace.Plan<Lane> = {
  title: "DigitalOcean",
  lanes: {
    read: {
      all: [
        { requests: 200, millis: 62_000 },
        { requests: 4_400, millis: 3_610_000 }
      ],
      reserve: 20
    },
    change: { all: changes },
    keys: { all: changes, own: [{ requests: 9, millis: 62_000 }] }
  }
}

/** The pace that everybody in this process keeps towards an endpoint. @category constructors @since 0.1.0 */
export const towards: (endpoint: string) => Pace.Pace<Lane> = Pace.shared(plan)
