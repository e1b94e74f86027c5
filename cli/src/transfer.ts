/**
 * Copies between this computer and a machine.
 */
import type { OutputFile } from "@runctl/core/Job"
import type { ResourceId } from "@runctl/core/Resource"
import type { Using } from "@runctl/core/TrainingProvider"
import { Providers } from "@runctl/runtime/Providers"
import { Resources } from "@runctl/runtime/Resources"
import { UnknownResource } from "@runctl/runtime/RuntimeError"
import * as Effect from "effect/Effect"
import type { TransferOutput } from "./output/transfer.ts"

/** Does something with the machine that an id stands for. */
export const withMachine = <A, E>(wanted: string, use: (using: Using, id: ResourceId) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const resources = yield* Resources
    const providers = yield* Providers
    const view = yield* resources.get(wanted)
    if (view.resource === undefined) return yield* new UnknownResource({ id: wanted, known: [] })
    const { using } = yield* providers.get(view.id.split("/")[0] ?? "")
    return { id: view.resource.id, answer: yield* use(using, view.resource.id) }
  })

/** What was copied, as it is shown. */
export const viewTransfer = (resource: string, files: ReadonlyArray<OutputFile>): TransferOutput => ({
  resource,
  files: files.map(({ bytes, path, sha256 }) => ({ path, bytes, sha256 })),
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0)
})
