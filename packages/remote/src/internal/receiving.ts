/**
 * Takes an archive from a machine that is not trusted: only files that were asked for, once each, of the announced size
 * and digest.
 *
 * @since 0.1.0
 */
import type { OutputFile } from "@runctl/core/Job"
import type { JobError } from "@runctl/core/JobError"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Failure from "../Failure.ts"
import type { LocalFiles, Written } from "../LocalFiles.ts"
import * as SafePath from "../SafePath.ts"
import type { Digesting } from "../Sha256.ts"
import type * as localFolders from "./localFolders.ts"
import type { Part } from "./tarReader.ts"

/** How much is held before it is written: files are held in memory until they are whole, larger ones come by themselves. */
const batch = { files: 256, bytes: 2 * 1024 * 1024 }

/** A file to be brought. Without a digest the machine is asked for one while it sends. @category models @since 0.1.0 */
export type Wanted = Omit<OutputFile, "sha256"> & { readonly sha256?: string }

/** What receiving needs. @category models @since 0.1.0 */
export interface Receiving {
  readonly fs: FileSystem.FileSystem
  readonly path: Path.Path
  readonly localFiles: LocalFiles
  readonly platform: <A, E>(effect: Effect.Effect<A, E, FileSystem.FileSystem | Path.Path>) => Effect.Effect<A, E>
  readonly digesting: Digesting
  readonly operation: Failure.Operation
  readonly localFolder: string
  /** Where files are written before they are put in their place. */
  readonly unfinished: string
  /** Called for every file that lies in its place. */
  readonly arrived: (file: OutputFile) => void
}

/** What came in an archive. @category models @since 0.1.0 */
export interface Receiver {
  readonly take: (parts: ReadonlyArray<Part>) => Effect.Effect<void, JobError>
  /** Puts everything that has arrived whole in its place. */
  readonly flush: Effect.Effect<void, JobError>
  /** The machine says which digest a file has. */
  readonly announced: (path: string, sha256: string) => Effect.Effect<void, JobError>
  /** Files that came as links to others: asked for alone, they come as files. */
  readonly linked: ReadonlyArray<Wanted>
  /** A file that has not come. */
  readonly missing: () => string | undefined
}

/** The file that is coming in now. */
interface Current {
  readonly file: Wanted
  content: Uint8Array
  received: number
}

const nothing = new Uint8Array(0)

/** A file that has come whole. */
interface Whole {
  readonly file: Wanted
  readonly content: Uint8Array
  readonly sha256: string
}

/** Receives one archive with some files. @category constructors @since 0.1.0 */
export const make = (
  { arrived, digesting, localFiles, localFolder, operation, path, platform, unfinished }: Receiving,
  wanted: ReadonlyArray<Wanted>,
  folders: ReturnType<typeof localFolders.make>
): Receiver => {
  const expected = new Map(wanted.map((file) => [file.path, file]))
  const linked: Array<Wanted> = []
  const digests = new Map(wanted.flatMap(({ path: name, sha256 }) => (sha256 === undefined ? [] : [[name, sha256]])))
  /** Whole, but for the machine's word on its digest. */
  const pending = new Map<string, Whole>()
  let current: Current | undefined
  let ready: Array<{ readonly file: OutputFile; readonly written: Written }> = []
  let readyBytes = 0
  const failing = (name: string) => Effect.mapError(Failure.fromPlatform(operation, name))
  const targetOf = (file: Wanted): string => path.join(localFolder, file.path)

  const flush: Effect.Effect<void, JobError> = Effect.gen(function* () {
    const all = ready
    ready = []
    readyBytes = 0
    if (all.length === 0) return
    for (const { file } of all) yield* folders(file.path)
    yield* platform(
      localFiles.write(
        all.map(({ written }) => written),
        unfinished
      )
    ).pipe(failing(localFolder))
    for (const { file } of all) arrived(file)
  })

  const begin = (part: Extract<Part, { readonly _tag: "Begin" }>): JobError | undefined => {
    const { bytes, kind, path: said } = part.entry
    const name = SafePath.parse(said, path.sep)
    if (name === undefined) {
      return Failure.escapes(operation, said, `the machine names a file outside the folder: ${said}`)
    }
    const file = expected.get(name)
    if (kind !== "file" && kind !== "hardlink") {
      return Failure.escapes(operation, name, `the machine sent ${name} as a ${kind}, not as a file`)
    }
    if (file === undefined) return Failure.mismatch(operation, name, `the machine sent ${name} twice, or unasked`)
    expected.delete(name)
    if (kind === "hardlink") {
      linked.push(file)
      current = undefined
      return undefined
    }
    if (bytes !== file.bytes) {
      return Failure.mismatch(operation, name, `${name} has ${bytes} bytes, not the ${file.bytes} that were announced`)
    }
    current = { file, content: nothing, received: 0 }
    return undefined
  }

  const judge = ({ content, file, sha256 }: Whole, said: string): Effect.Effect<void, JobError> => {
    if (said !== sha256) {
      const why = `what arrived of ${file.path} is not what the machine announced`
      return Effect.fail(Failure.mismatch(operation, file.path, why))
    }
    const { mode, mtimeSeconds } = file
    ready.push({ file: { ...file, sha256 }, written: { path: targetOf(file), content, mode, mtimeSeconds } })
    readyBytes += content.length
    return ready.length >= batch.files || readyBytes >= batch.bytes ? flush : Effect.void
  }

  const ended = ({ content, file, received }: Current): Effect.Effect<void, JobError> => {
    const whole = { content, file, sha256: digesting.digest(content) }
    const said = digests.get(file.path)
    if (received !== file.bytes) return judge(whole, "")
    if (said !== undefined) return judge(whole, said)
    pending.set(file.path, whole)
    return Effect.void
  }

  const announced = (name: string, sha256: string): Effect.Effect<void, JobError> => {
    // What was known before the machine was asked stays.
    if (digests.has(name)) return Effect.void
    digests.set(name, sha256)
    const whole = pending.get(name)
    pending.delete(name)
    return whole === undefined ? Effect.void : judge(whole, sha256)
  }

  const take = Effect.fnUntraced(function* (parts: ReadonlyArray<Part>): Effect.fn.Return<void, JobError> {
    for (const part of parts) {
      if (part._tag === "Begin") {
        const error = begin(part)
        if (error !== undefined) return yield* error
      } else if (current === undefined) continue
      else if (part._tag === "End") {
        const now = current
        current = undefined
        yield* ended(now)
      } else {
        // Most files come in one piece, which need not be copied.
        if (current.received === 0 && part.bytes.length === current.file.bytes) current.content = part.bytes
        else {
          if (current.received === 0) current.content = new Uint8Array(current.file.bytes)
          current.content.set(part.bytes, current.received)
        }
        current.received += part.bytes.length
      }
    }
  })

  return { take, flush, announced, linked, missing: () => [...expected.keys(), ...pending.keys()][0] }
}

/** Gives a finished file its mode and time, and puts it in its place. @category mutations @since 0.1.0 */
export const place = (fs: FileSystem.FileSystem, from: string, to: string, file: Wanted) =>
  fs
    .chmod(from, file.mode & 0o777)
    .pipe(
      Effect.andThen(
        file.mtimeSeconds === undefined ? Effect.void : fs.utimes(from, file.mtimeSeconds, file.mtimeSeconds)
      ),
      Effect.andThen(fs.rename(from, to))
    )
