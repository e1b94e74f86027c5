import { it } from "vitest"
import { Box } from "./Box.ts"

export interface BoxedOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly timeout?: number
  /** Why it cannot be shown here, if it cannot. */
  readonly skip?: string | undefined
}

/** A test in a box of its own, which fails when anything is left behind, whatever else it shows. */
export const boxed = (title: string, body: (box: Box) => Promise<void>, options: BoxedOptions = {}): void => {
  const { env = {}, skip, timeout = 60_000 } = options
  if (skip !== undefined) {
    it.skip(`${title} (skipped: ${skip})`)
    return
  }
  it(title, { timeout }, async () => {
    const box = new Box(env)
    try {
      await body(box)
      const left = await box.leftovers()
      if (left.length > 0) throw new Error(`left behind:\n${left.join("\n")}`)
      if (!(await box.endSupervisors())) throw new Error("the supervisor does not end on SIGTERM")
      const strays = box.processes
      if (strays.length > 0) throw new Error(`processes outlive the supervisor: ${strays.join(", ")}`)
    } finally {
      await box.destroy()
    }
  })
}
