import { chmod, mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import type { Place, PlaceSettings } from "./place.ts"
import { kill, marked } from "./processes.ts"
import { find } from "./programs.ts"
import { loginScript } from "./scripts.ts"
import { dateScript, linkPrograms, systemPath, writeProgram, writePrograms } from "./tools.ts"

const impossible = ({ diskBytes, hidden, readOnlyHome }: PlaceSettings): string | undefined => {
  if (diskBytes !== undefined) return "a disk of its own"
  if (hidden.length > 0) return "hidden paths"
  return readOnlyHome && process.getuid?.() === 0 ? "a home that root cannot write to" : undefined
}

const pathOf = (tools: string, settings: PlaceSettings): string | undefined => {
  const { clockOffset, only, programs, without } = settings
  if (only !== undefined || without.length > 0) return tools
  return clockOffset === 0 && Object.keys(programs).length === 0 ? undefined : `${tools}:${systemPath}`
}

const writeTools = async (tools: string, settings: PlaceSettings): Promise<void> => {
  const { clockOffset, only, programs, without } = settings
  await rm(tools, { recursive: true, force: true })
  const isChosen = only !== undefined || without.length > 0
  await linkPrograms(tools, isChosen ? { only, without } : { only: [], without: [] })
  const date = clockOffset === 0 ? {} : { date: dateScript(find("date") ?? "/bin/date", clockOffset) }
  await writePrograms(tools, { ...date, ...programs })
}

/** What an sshd of root's wants to have; where no sshd was ever started as a service nobody has made it. */
const makeSeparationFolder = async (): Promise<void> => {
  if (process.platform === "linux" && process.getuid?.() === 0)
    await mkdir("/run/sshd", { recursive: true, mode: 0o755 })
}

/** This computer with another home. */
export const homePlace = (settings: PlaceSettings): Place => {
  const { folder, greeting, loginShell, readOnlyHome } = settings
  const unable = impossible(settings)
  if (unable !== undefined) throw new Error(`${unable} needs isolation: "namespace"`)
  const tools = join(folder, "tools")
  const home = join(folder, "home")
  const login = join(folder, "login")
  const path = pathOf(tools, settings)
  const killAll = () => {
    const pids = marked(folder)
    kill(pids)
    return pids.length
  }
  return {
    folder,
    home,
    // For the login's own shell as well, which reads its files before it runs anything.
    environment: { HOME: home, ...(path === undefined ? {} : { PATH: path }) },
    login,
    boot: async () => {
      await makeSeparationFolder()
      if (path !== undefined) await writeTools(tools, settings)
      await writeProgram(login, loginScript({ home, shell: loginShell, greeting, path, mark: folder }))
      if (readOnlyHome) await chmod(home, 0o555)
    },
    enter: (command) => command,
    pathOf: (path) => path,
    end: async () => {
      while (killAll() > 0);
    },
    abandon: () => void killAll()
  }
}
