/** One bootstrap at a time in a checkout, across processes. The lock is a file that its holder keeps touching. */
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync
} from "node:fs"
import { hostname } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"

const beat = 5_000
const silence = 60_000

const tryAcquire = (file, mark) => {
  try {
    const handle = openSync(file, "wx")
    writeSync(handle, mark)
    closeSync(handle)
    return true
  } catch (error) {
    if (error.code === "EEXIST") return false
    throw error
  }
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === "EPERM"
  }
}

/** What the holder wrote, when it is certainly gone: its process has ended, or it has been silent for a minute. */
const abandoned = (file) => {
  try {
    const mark = readFileSync(file, "utf8")
    const [host, pid] = mark.split(" ")
    const ended = mark !== "" && host === hostname() && !isAlive(Number(pid))
    return ended || Date.now() - statSync(file).mtimeMs > silence ? mark : undefined
  } catch (error) {
    if (error.code === "ENOENT") return undefined
    throw error
  }
}

/** Takes an abandoned lock away, unless a third process was quicker and the file is by now another's. */
const remove = (file, mark) => {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
    if (readFileSync(aside, "utf8") === mark) rmSync(aside)
    else renameSync(aside, file)
  } catch (error) {
    if (error.code !== "ENOENT") throw error
  }
}

export const withLock = async (file, say, work) => {
  const mark = `${hostname()} ${process.pid} ${Date.now()}`
  const isOurs = () => existsSync(file) && readFileSync(file, "utf8") === mark
  let told = false
  while (!tryAcquire(file, mark)) {
    const left = abandoned(file)
    if (left !== undefined) {
      remove(file, left)
      continue
    }
    if (!told) say("Another process is setting up this checkout; waiting for it …")
    told = true
    await sleep(200)
  }
  const pulse = setInterval(() => isOurs() && utimesSync(file, new Date(), new Date()), beat)
  try {
    return await work()
  } finally {
    clearInterval(pulse)
    if (isOurs()) rmSync(file, { force: true })
  }
}
