/** A machine that is a folder of this computer, for tests. */
import { type JobRequest, UnitId } from "@runctl/core/Job"
import { UsdPerHour } from "@runctl/core/Money"
import { OwnerId, ResourceKey } from "@runctl/core/Ownership"
import { type ResourceId, resourceId } from "@runctl/core/Resource"
import { Running } from "@runctl/core/ResourceState"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as LocalShell from "@runctl/remote/LocalShell"
import type { Shell, ShellCommand } from "@runctl/core/Shell"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FS from "node:fs"
import * as NodePath from "node:path"

export interface Machine {
  readonly home: string
  readonly shell: Shell
  /** Every command that was run, in order. */
  readonly commands: Array<ShellCommand>
}

/** Counts what goes over a shell. */
const watched = (shell: Shell, commands: Array<ShellCommand>): Shell => ({
  ...shell,
  exec: (command) => {
    commands.push(command)
    return shell.exec(command)
  },
  stream: (command) => {
    commands.push(command)
    return shell.stream(command)
  }
})

export const temporary = FileSystem.FileSystem.use((fs) => fs.makeTempDirectoryScoped({ prefix: "runctl-remote-" }))

export const make = (environment: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const home = yield* temporary
    const commands: Array<ShellCommand> = []
    const shell = watched(yield* LocalShell.open({ _tag: "Local", home, environment }), commands)
    return { home, shell, commands } satisfies Machine
  })

/** Writes files below a folder; a value that begins with `->` is a symbolic link. */
export const write = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, content] of Object.entries(files)) {
    const path = NodePath.join(folder, name)
    FS.mkdirSync(NodePath.dirname(path), { recursive: true })
    if (name.endsWith("/")) FS.mkdirSync(path, { recursive: true })
    else if (content.startsWith("->")) FS.symlinkSync(content.slice(2), path)
    else FS.writeFileSync(path, content)
  }
}

/** Everything below a folder: contents of files, targets of links, folders that are empty. */
export const read = (folder: string, below = ""): Record<string, string> => {
  const found: Record<string, string> = {}
  for (const entry of FS.readdirSync(NodePath.join(folder, below), { withFileTypes: true })) {
    const name = NodePath.join(below, entry.name)
    const path = NodePath.join(folder, name)
    if (entry.isSymbolicLink()) found[name] = `->${FS.readlinkSync(path)}`
    else if (entry.isFile()) found[name] = FS.readFileSync(path, "utf8")
    else if (FS.readdirSync(path).length === 0) found[`${name}/`] = ""
    else Object.assign(found, read(folder, name))
  }
  return found
}

/** A provider with one machine: what the using half needs of it, and a cut line for the rest. */
export const provider = (home: string, environment: Readonly<Record<string, string>> = {}): AnyTrainingProvider => {
  const unused = () => Effect.die("not used by these tests")
  return {
    name: "fake",
    capabilities: {
      spot: "none",
      stop: "none",
      idempotency: "name",
      userData: "none",
      endAction: "terminates",
      runMode: "machine",
      groupCreate: false
    },
    offers: unused,
    estimateCost: unused,
    billing: unused,
    createResource: unused,
    getResource: (id) =>
      Effect.succeed({
        id,
        state: Running,
        costPerHour: UsdPerHour.make(0),
        tags: {},
        owner: OwnerId.make("owner123"),
        key: ResourceKey.make("k".repeat(20))
      }),
    listResources: unused(),
    companions: { list: unused(), remove: unused },
    startResource: unused,
    stopResource: unused,
    terminate: unused,
    endpoint: () => Effect.succeed({ _tag: "Local", home, environment }),
    endActionScript: () => undefined,
    preemptionProbe: undefined,
    preemptionEvidence: unused
  }
}

export const id: ResourceId = resourceId("fake", "here", "m1")

/** Of this process alone: stopping a unit ends whatever carries its name on this computer. */
export const run = `run-${process.pid.toString(36).padStart(10, "0")}`

export const unit = (name: string): UnitId => UnitId.make(name)

export const request = (project: string, script: string, more: Partial<JobRequest> = {}): JobRequest => ({
  unit: UnitId.make(`${run}-1`),
  job: { project, script, args: [], environment: {}, secretNames: [] },
  secrets: new Map(),
  deadline: undefined,
  grace: Duration.seconds(5),
  claim: "all",
  resumeFrom: undefined,
  preemptionProbe: undefined,
  ...more
})
