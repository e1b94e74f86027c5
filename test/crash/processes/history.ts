/**
 * One history with real processes: a command is killed or stopped somewhere on its way to a cloud, others come after it,
 * and nothing may be left billing that nobody owns.
 */
import * as Ownership from "@runctl/core/Ownership"
import type * as Emulator from "@runctl/testkit/Emulator"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Box, program } from "../../harness/Box.ts"
import type { Command } from "../../harness/Command.ts"
import { signal } from "../../harness/processes.ts"
import { lacking } from "../../harness/tools.ts"
import { sleep } from "../../harness/until.ts"
import { fromSeed, type Random } from "../sim/random.ts"
import { type CloudName, clouds, type StruckCloud } from "./clouds.ts"
import { type Blow, type Errand, planOf, requestOf } from "./plan.ts"

/** What a history comes to. */
export interface Verdict {
  readonly seed: number
  readonly what: string
  readonly problems: ReadonlyArray<string>
  readonly machines: number
}

/** Why no process can be killed by a write of its own here. */
const noTrace = lacking("strace", "-V")

/** A request that was lost on its way is looked for during a minute; then comes a sweep. */
const settlesWithin = 150

/** A cloud, and the provider that rents there. */
interface Place {
  readonly provider: CloudName
  readonly struck: StruckCloud
  readonly cloud: Emulator.Emulated
  readonly box: Box
}

/** The name carries the mark everywhere. */
const keyOf = ({ name }: Emulator.Machine): string | undefined => Ownership.fromName(name)?.key

const commandOf = ({ provider, struck }: Place, errand: Errand, id: string): ReadonlyArray<string> => {
  const rents = ["--provider", provider, "--max-hours", "1", "--yes"]
  switch (errand) {
    case "create":
      return ["create", ...struck.rents, ...rents]
    case "train":
      return ["train", "train.sh", ...rents, "--out", "out"]
    case "terminate":
    case "stop":
    case "start":
      return [errand, id]
  }
}

/** The machine that most errands are about. */
const existing = async (place: Place): Promise<string> => {
  const { code, stderr, stdout } = await place.box.run(commandOf(place, "create", ""))
  if (code !== 0) throw new Error(`no machine to begin with: ${stderr}`)
  return stdout.trim()
}

/** The command, and the supervisor that it has started: as when the power fails. */
const kill = (box: Box, command: Command): void => {
  const { supervisor } = box
  command.signal("SIGKILL")
  if (supervisor !== undefined) signal(supervisor, "SIGKILL")
}

const strike = async ({ box, cloud }: Place, args: ReadonlyArray<string>, blow: Blow): Promise<void> => {
  switch (blow._tag) {
    case "None": {
      await box.run(args)
      return
    }
    case "At": {
      const { after, asked, nth, point } = blow
      const hold = cloud.hold({ ...asked, nth, point })
      const command = box.start(args)
      await Promise.race([hold.arrived, command.ended])
      kill(box, command)
      await command.ended
      hold[after]()
      return
    }
    case "After": {
      const command = box.start(args)
      await Promise.race([sleep(blow.millis), command.ended])
      kill(box, command)
      await command.ended
      return
    }
    case "Write": {
      const inject = `--inject=fsync,fdatasync,pwrite64:signal=SIGKILL:when=${blow.number}`
      const traced = ["-f", "-qqq", "-o", "/dev/null", "--trace=fsync,fdatasync,pwrite64", inject]
      await traceOf(box, traced, args).ended
      return
    }
  }
}

const traceOf = (box: Box, traced: ReadonlyArray<string>, args: ReadonlyArray<string>): Command => {
  const command = box.startProgram("strace", [...traced, process.execPath, program, ...args])
  command.closeInput()
  return command
}

/** Every machine that bills and is not one that the journal has and means to have. */
const unowned = ({ box, cloud }: Place): ReadonlyArray<string> => {
  const held = new Map(
    box.machines.flatMap(({ mark, phase, resource }) => (phase === "Held" ? [[mark.key, resource?.id] as const] : []))
  )
  return cloud
    .billing()
    .filter(({ planted }) => !planted)
    .filter((machine) => held.get(keyOf(machine) ?? "")?.endsWith(`/${machine.id}`) !== true)
    .map(({ id, name }) => `${id} ${name}`)
}

/** What a person does after a crash, again and again. */
const settle = async (place: Place): Promise<void> => {
  const { box, struck } = place
  const begun = Date.now()
  const isSettled = (): boolean =>
    unowned(place).length === 0 &&
    box.machines.every(({ phase }) => phase !== "Intended" && phase !== "Ending") &&
    box.runs.every(({ phase }) => phase === "Closed")
  while (Date.now() - begun < settlesWithin * 1000) {
    await box.run(["sweep", "--json"])
    if (isSettled()) return
    await sleep(struck.sweepsEveryMillis ?? 500)
  }
}

const plantStrangers = (cloud: Emulator.Emulated): void => {
  const ours = cloud.machines().find(({ planted }) => !planted)
  const deadline = Math.ceil(Date.now() / 1000) + 3600
  const other = `runctl-stranger-${"k".repeat(20)}-${deadline}`
  cloud.plant({
    name: other,
    tags: ["runctl", "runctl-owner:stranger", `runctl-key:${"k".repeat(20)}`, `runctl-deadline:${deadline}`]
  })
  cloud.plant({ name: "somebody-elses", tags: ours?.tags ?? ["runctl"] })
}

const play = async (place: Place, seed: number, dice: Random): Promise<Verdict> => {
  const { box, cloud, struck } = place
  const { blow, errand, loses, strangers } = planOf(dice, struck, noTrace === undefined)
  const what = `${errand}, ${JSON.stringify(blow)}${loses === undefined ? "" : `, ${loses}`}`
  const problems: Array<string> = []
  box.file("train.sh", "echo training\nsleep 2\necho trained > model\n")
  const id = errand === "create" || errand === "train" ? "" : await existing(place)
  if (errand === "start") await box.run(["stop", id])
  if (loses !== undefined) cloud.faults[loses](requestOf(struck, errand))
  await strike(place, commandOf(place, errand, id), blow)
  if (strangers) plantStrangers(cloud)
  await settle(place)
  for (const machine of unowned(place)) problems.push(`${machine} bills and nobody owns it`)
  const known = new Set(box.machines.map(({ mark }) => mark.key))
  for (const machine of cloud.machines().filter(({ planted }) => !planted)) {
    if (!known.has(keyOf(machine) ?? "")) problems.push(`${machine.id} was asked for without an intent`)
  }
  for (const { attempts, id: run, phase } of box.runs) {
    if (phase !== "Closed") problems.push(`${run} stands at ${phase}`)
    if (attempts.length > 1) problems.push(`${run} was begun ${attempts.length} times`)
  }
  const ends = box.machines.flatMap(({ phase, resource }) =>
    phase === "Held" && resource !== undefined ? [resource.id] : []
  )
  if (ends.length > 0) await box.run(["terminate", ...ends, "--yes"])
  const left = cloud.billing().filter(({ planted }) => !planted)
  for (const { id: number } of left) problems.push(`${number} bills after it was terminated`)
  for (const { id: number } of cloud.machines().filter(({ planted, touched }) => planted && touched)) {
    problems.push(`${number} is a stranger's and was touched`)
  }
  for (const violation of cloud.violations) problems.push(`a violation: ${JSON.stringify(violation)}`)
  return { seed, what, problems, machines: cloud.machines().filter(({ planted }) => !planted).length }
}

const configure = ({ folder }: Box, provider: CloudName, { settings }: StruckCloud): void => {
  if (settings === undefined) return
  const file = join(folder, "user", ".config", "runctl", "config.yaml")
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify({ providers: { [provider]: settings } }))
}

/** Plays the history of a seed, on a cloud. */
export const playWithProcesses = async (seed: number, provider: CloudName = "digitalocean"): Promise<Verdict> => {
  const openApi = process.env["RUNCTL_OPENAPI_DIR"]
  const struck: StruckCloud = clouds[provider]
  await using cloud = await struck.emulate({
    seed,
    machines: "ssh",
    ...(openApi !== undefined && existsSync(openApi) ? { openApi } : {})
  })
  const box = new Box(cloud.core.environment(cloud.url))
  configure(box, provider, struck)
  try {
    return await play({ provider, struck, cloud, box }, seed, fromSeed(seed))
  } finally {
    await box.endSupervisors()
    await box.destroy()
  }
}
