/**
 * The first contact with a machine that was rented: it runs a command, its clocks know of us, it shows a host key that
 * nobody else has seen, its set-up is over, and its GPUs are what was paid for. Each step may be cut off and begun again.
 *
 * @since 0.1.0
 */
import type { Preparation } from "@runctl/core/Job"
import { JobError, MachineUnreachable } from "@runctl/core/JobError"
import type { Clocks as Armed } from "@runctl/core/MachineClocks"
import type { Resource } from "@runctl/core/Resource"
import type { Shell } from "@runctl/core/Shell"
import type { UseError } from "@runctl/core/TrainingProvider"
import * as Clocks from "@runctl/remote/Clocks"
import * as GpuHealth from "@runctl/remote/GpuHealth"
import * as HostKeyChange from "@runctl/remote/HostKeyChange"
import { untilReached } from "@runctl/remote/Reaching"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { event } from "./Event.ts"
import type { JournalError } from "./JournalError.ts"
import { streams } from "./Projections.ts"
import { patiently } from "./ProviderCalls.ts"
import type { LoadedProvider } from "./Providers.ts"
import { Records } from "./Records.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { BadMachine } from "./RuntimeError.ts"
import { isToBeMet } from "./Waiting.ts"

/** How the first contact fails. @category errors @since 0.1.0 */
export type ContactError = UseError | JournalError | BadMachine

/** Tells somebody how far it has come. @category models @since 0.1.0 */
export type Tell = (told: Preparation) => Effect.Effect<void>

/** How long the rest of a machine's own set-up is waited for before a job starts. */
const setUpWithin = Duration.minutes(10)

/** How long sshd takes at most to show a key that it was told to read. */
const shownWithin = Duration.seconds(15)

/** Drivers may still be loading: so long GPUs that are missing are asked for again. */
const gpusWithin = Duration.seconds(30)

const step = (message: string): Preparation => ({ _tag: "Step", step: "connection", message })

const notYet = (message: string): JobError =>
  new JobError({ operation: "prepare", reason: new MachineUnreachable({ message }) })

/**
 * While a machine comes up it may refuse what it grants a moment later: its login, its key, a session that it opens and
 * drops with a word to wait.
 */
const mayStillCome = (error: UseError): UseError => {
  const { reason } = error
  return reason._tag === "MachineRefused" || reason._tag === "Conflict" ? notYet(error.message) : error
}

/** Whether the machine is ours to set up: not this computer, a host of the user's, or one that runs jobs in its own way. */
const isOurs = ({ provider }: LoadedProvider): boolean =>
  provider.capabilities.runMode === "machine" && provider.using?.prepare === undefined

/**
 * Whether a machine has to be met even where it has no clocks to arm.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isNeeded = (loaded: LoadedProvider, record: ResourceRecord): boolean =>
  isOurs(loaded) && (isToBeMet(record) || record.offer.gpuCount > 0)

/**
 * Whether a machine is there to be met, and nobody has yet: it ends itself if nobody does, or has nothing that ends it.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isOutstanding = (record: ResourceRecord): boolean =>
  record.phase === "Held" && isToBeMet(record) && record.bootstrappedAt === undefined

/** The provider is asked once: nothing but the key that the machine shows changes on the way. */
interface Met {
  readonly loaded: LoadedProvider
  readonly record: ResourceRecord
  readonly resource: Resource
  readonly tell: Tell
}

/** A shell for one purpose: nobody goes on with one whose endpoint accepts what is no longer accepted. */
const onMachine = <A, E>(
  { loaded, resource }: Met,
  use: (shell: Shell) => Effect.Effect<A, E, Scope.Scope>
): Effect.Effect<A, E | UseError> =>
  Effect.gen(function* () {
    const { endpoint } = yield* loaded.wayTo(resource)
    return yield* use(yield* loaded.open(endpoint))
  }).pipe(Effect.scoped)

const says = (shell: Shell) =>
  shell.exec({ script: "echo runctl" }).pipe(
    Effect.mapError(({ message }) => notYet(message)),
    Effect.filterOrFail(
      ({ exitCode, stdout }) => exitCode === 0 && stdout === "runctl\n",
      ({ stderr, stdout }) => notYet(`it runs no command yet: ${`${stdout}${stderr}`.trim().slice(-200)}`)
    )
  )

/** The orphan timer is off, and what is left is counted by our clock: the machine's may have been wrong at boot. */
const tellClocks = (machine: Met, clocks: Armed) =>
  onMachine(machine, (shell) =>
    Effect.gen(function* () {
      yield* says(shell)
      const endAction = machine.loaded.provider.endActionScript(machine.resource)
      if (endAction !== undefined) yield* Clocks.make(shell).arm(clocks, endAction)
    })
  )

/** Whether the machine shows this key and no other to whoever comes anew. */
const shows = ({ loaded, resource }: Met, hostKey: string) =>
  Effect.gen(function* () {
    const { endpoint } = yield* loaded.wayTo(resource)
    if (endpoint._tag !== "Ssh") return
    const { nextHostKey: _, ...way } = endpoint
    yield* says(yield* loaded.open({ ...way, hostKey }))
  }).pipe(
    Effect.scoped,
    Effect.retry({ schedule: Schedule.spaced("300 millis").pipe(Schedule.upTo({ duration: shownWithin })) })
  )

const keepsFirst = ({ resource, tell }: Met, why: string) =>
  Effect.as(
    tell(step(`${resource.id} goes on showing the host key of its set-up, which its user data tells: ${why}`)),
    undefined
  )

/**
 * Replaces the single-use host key by one that the machine makes: offered, written down here, installed, seen over a new
 * connection, pinned. From the writing down to the pinning both are accepted, so that no crash locks anybody out.
 */
const replacedKey = Effect.fnUntraced(function* (machine: Met) {
  const { loaded, record, resource } = machine
  const records = yield* Records
  const stream = streams.resource(record.mark.key)
  const { firstKey } = yield* loaded.wayTo(resource)
  if (firstKey === undefined) return undefined
  const offered = yield* onMachine(machine, (shell) => HostKeyChange.make(shell).offer(firstKey, record.pendingHostKey))
  if ("kept" in offered) return yield* keepsFirst(machine, offered.kept)
  const { key } = offered
  if (key !== record.pendingHostKey) yield* records.append(stream, [event("InstanceHostKeyOffered", { hostKey: key })])
  const installed = yield* onMachine(machine, (shell) => HostKeyChange.make(shell).install(firstKey, key))
  if ("kept" in installed) return yield* keepsFirst(machine, installed.kept)
  return yield* shows(machine, key).pipe(
    Effect.as(key),
    Effect.catch((error) =>
      // What is shown is one of the two: else this fails, and is done again.
      Effect.andThen(onMachine(machine, says), keepsFirst(machine, error.message))
    )
  )
})

/** What cloud-init still does comes before a job; what it could not do is said. */
const setUp = (machine: Met) =>
  onMachine(machine, (shell) => shell.exec({ script: waitForCloudInit })).pipe(
    Effect.mapError((error) => (error._tag === "ShellError" ? notYet(error.message) : error)),
    Effect.timeoutOption(setUpWithin),
    Effect.flatMap((ended) => {
      const code = ended._tag === "Some" ? ended.value.exitCode : undefined
      if (code === 0 || code === 2) return Effect.void
      const what = code === undefined ? `has not ended within ${Duration.format(setUpWithin)}` : "ended with an error"
      return machine.tell(step(`the machine's own set-up (cloud-init) ${what}: what it was to install may be missing`))
    })
  )

/** It leaves its result when it has ended; a machine that was not set up by it has neither file. */
const waitForCloudInit = `[ ! -e /run/cloud-init/result.json ] && [ -e /run/cloud-init/status.json ] || exit 0
command -v cloud-init >/dev/null 2>&1 || exit 0
cloud-init status --wait >/dev/null 2>&1 </dev/null`

const goodGpus = Effect.fnUntraced(function* (machine: Met) {
  const { record, resource, tell } = machine
  const { gpuCount } = record.offer
  if (gpuCount === 0) return
  const asked = Effect.map(onMachine(machine, GpuHealth.ask), (report) => GpuHealth.judge(gpuCount, report))
  const verdict = yield* Effect.repeat(asked, {
    schedule: Schedule.spaced("5 seconds").pipe(Schedule.upTo({ duration: gpusWithin })),
    until: (told) => told._tag !== "Bad" || !told.mayCome
  })
  if (verdict._tag === "Bad") return yield* new BadMachine({ id: resource.id, why: verdict.why })
  if (verdict._tag === "Unknown") yield* tell(step(`the machine's GPUs cannot be looked at: ${verdict.why}`))
})

/**
 * Meets a machine, and meets it again before every job: what was done is not done anew.
 *
 * **Errors**  `PreparationFailed` when it runs no command within 300 s; `BadMachine` when it lacks GPUs that were rented,
 * or they say that they are broken.
 *
 * @category steps
 * @since 0.1.0
 */
export const meet = Effect.fn("FirstContact.meet")(function* (
  loaded: LoadedProvider,
  record: ResourceRecord,
  clocks: Armed,
  tell: Tell
): Effect.fn.Return<void, ContactError, Records> {
  const id = record.resource?.id
  if (id === undefined || !isOurs(loaded)) return
  const isNew = record.bootstrappedAt === undefined
  const coming = <A, R>(reaching: Effect.Effect<A, UseError, R>) =>
    untilReached(isNew ? Effect.mapError(reaching, mayStillCome) : reaching, tell)
  const found = Effect.gen(function* () {
    const resource = yield* patiently(loaded.locate(id))
    return { resource, ...(yield* loaded.wayTo(resource)) }
  })
  const { endpoint, resource } = yield* coming(found)
  if (endpoint._tag !== "Ssh" || endpoint.login === "user") return
  const machine: Met = { loaded, record, resource, tell }
  if (isNew) {
    yield* coming(tellClocks(machine, clocks))
    const hostKey = yield* replacedKey(machine)
    const records = yield* Records
    const fact = event("InstanceBootstrapped", hostKey === undefined ? {} : { hostKey })
    yield* records.append(streams.resource(record.mark.key), [fact])
  }
  yield* setUp(machine)
  yield* goodGpus(machine)
})
