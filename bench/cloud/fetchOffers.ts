/**
 * Asks clouds that are folders for all their offers, in both markets and all at once, and does nothing with them but
 * count: what fetching alone takes. Arguments: NAME=FOLDER…
 */
import * as Effect from "effect/Effect"
import { make } from "../../test/harness/fakeCloud/FakeCloud.ts"

const offersOf = (argument: string) => {
  const [name = "", folder = ""] = argument.split("=")
  const provider = make(name, folder)
  return Effect.forEach(["on-demand", "spot"] as const, (market) => provider.offers({ market }), {
    concurrency: "unbounded"
  }).pipe(Effect.map((found) => Math.max(...found.map(({ length }) => length))))
}

const counts = await Effect.runPromise(
  Effect.forEach(process.argv.slice(2), offersOf, { concurrency: "unbounded" }).pipe(Effect.orDie)
)
console.log(counts.reduce((sum, count) => sum + count, 0))
