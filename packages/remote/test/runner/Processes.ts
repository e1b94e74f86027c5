import * as fs from "node:fs"

export const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

/** Waits for a condition, and fails by its name when it does not come true. */
export const until = async (what: string, holds: () => boolean | Promise<boolean>, seconds = 60): Promise<void> => {
  const end = Date.now() + seconds * 1000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`in ${seconds} s it did not come true that ${what}`)
    await sleep(100)
  }
}

/** A file's text, empty when there is none. */
export const read = (file: string): string => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

const numbers = (): ReadonlyArray<number> => fs.readdirSync("/proc").map(Number).filter(Number.isInteger)

/** Not a zombie: a container's first process may not collect those. */
export const isAlive = (pid: number): boolean => /^\d+ \(.*\) [^ZX] /s.test(read(`/proc/${pid}/stat`))

/** The process group of a process. */
export const groupOf = (pid: number): number =>
  Number(/^\d+ \(.*\) [A-Z] \d+ (\d+) /s.exec(read(`/proc/${pid}/stat`))?.[1])

/** The numbers of the signals that a process ignores. */
export const ignoredBy = (pid: number): ReadonlyArray<number> => {
  const mask = BigInt(`0x${/^SigIgn:\s*(\w+)$/m.exec(read(`/proc/${pid}/status`))?.[1]}`)
  return Array.from({ length: 31 }, (_, index) => index + 1).filter((signal) => (mask >> BigInt(signal - 1)) & 1n)
}

/** The processes whose environment holds the mark of one of the units. */
export const marked = (...units: ReadonlyArray<string>): ReadonlyArray<number> =>
  numbers().filter((pid) => {
    const unit = /(?:^|\0)RUNCTL_UNIT=([^\0]*),\0/.exec(read(`/proc/${pid}/environ`))?.[1]
    return unit !== undefined && units.includes(unit) && isAlive(pid)
  })

/** The other processes with one of the texts in their arguments. */
export const withArgument = (...texts: ReadonlyArray<string>): ReadonlyArray<number> =>
  numbers().filter((pid) => {
    const line = read(`/proc/${pid}/cmdline`)
    return pid !== process.pid && texts.some((text) => line.includes(text)) && isAlive(pid)
  })
