import { it } from "@effect/vitest"
import { Sandbox } from "./Sandbox.ts"
import { type Variant, variants } from "./Variants.ts"

const available = variants.filter(({ missing }) => missing === undefined)

/** One behaviour, in a box of its own under every shell that is here, all at once; failures name the shell. */
export const onEachShellIn =
  <Box extends AsyncDisposable>(make: (variant: Variant) => Box) =>
  (title: string, body: (box: Box) => Promise<void>, missing?: string): void => {
    const why = missing === undefined ? "" : ` (skipped: there is no ${missing} here)`
    it.skipIf(missing !== undefined)(`${title}${why}`, async () => {
      const results = await Promise.allSettled(
        available.map(async (variant) => {
          await using box = make(variant)
          await body(box)
        })
      )
      for (const [index, result] of results.entries()) {
        if (result.status === "rejected") {
          const { reason } = result
          if (reason instanceof Error) reason.message = `under ${available[index]?.name}: ${reason.message}`
          throw reason
        }
      }
    })
  }

/** One behaviour of the job runner under every shell. */
export const onEachShell = onEachShellIn((variant) => new Sandbox(variant))
