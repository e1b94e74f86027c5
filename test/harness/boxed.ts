import { it } from "vitest"
import { Box } from "./Box.ts"

export interface BoxedOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly timeout?: number
  /** Why it cannot be shown here, if it cannot. */
  readonly skip?: string | undefined
}

/** Fails a body that does not end; vitest itself would not clear up after it. */
const within = async (millis: number, body: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the test is not over after ${millis / 1000} s`)), millis)
  })
  await Promise.race([body, late]).finally(() => clearTimeout(timer))
}

const verified = async (box: Box, body: (box: Box) => Promise<void>): Promise<void> => {
  await body(box)
  const left = await box.leftovers()
  if (left.length > 0) throw new Error(`left behind:\n${left.join("\n")}`)
  if (!(await box.endSupervisors())) throw new Error("the supervisor does not end on SIGTERM")
  const strays = box.processes
  if (strays.length > 0) throw new Error(`processes outlive the supervisor: ${strays.join(", ")}`)
}

/** A test in a box of its own, which fails when anything is left behind, whatever else it shows. */
export const boxed = (title: string, body: (box: Box) => Promise<void>, options: BoxedOptions = {}): void => {
  const { env = {}, skip, timeout = 60_000 } = options
  if (skip !== undefined) {
    it.skip(`${title} (skipped: ${skip})`)
    return
  }
  it(title, { timeout: timeout + 30_000 }, async () => {
    const box = new Box(env)
    try {
      await within(timeout, verified(box, body))
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${box.story()}`, { cause: error })
    } finally {
      await box.destroy()
    }
  })
}
