/**
 * How fast RunPod's API may be asked.
 *
 * @since 0.1.0
 */
import * as Pace from "@runctl/core/Pace"

/** What a request is for. @category models @since 0.1.0 */
export type Lane = "read" | "change"

/**
 * Below what RunPod allows an account (60 a minute, 3,000 an hour), with room for ending pods while others are polled.
 *
 * @source the `RateLimit-Policy` header of REST v2, as documented (read 2026-11-27)
 * @category constants
 * @since 0.1.0
 */
export const plan: Pace.Plan<Lane> = {
  title: "RunPod",
  lanes: {
    read: {
      all: [
        { requests: 45, millis: 62_000 },
        { requests: 2_600, millis: 3_610_000 }
      ],
      reserve: 6
    },
    change: {
      all: [
        { requests: 56, millis: 62_000 },
        { requests: 2_900, millis: 3_610_000 }
      ]
    }
  }
}

/** The pace that everybody in this process keeps towards an endpoint. @category constructors @since 0.1.0 */
export const towards: (endpoint: string) => Pace.Pace<Lane> = Pace.shared(plan)
