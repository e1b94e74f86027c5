/** A project brought to a machine of the tests. */
import { type Preparation, UnitId } from "@runctl/core/Job"
import * as CodeSync from "@runctl/remote/CodeSync"
import * as Layout from "@runctl/remote/Layout"
import * as ProjectFiles from "@runctl/remote/ProjectFiles"
import * as Survey from "@runctl/remote/Survey"
import * as Effect from "effect/Effect"
import type * as Machine from "./Machine.ts"

export const layout = Layout.of(UnitId.make("run-0123456789-1"))

export const sync = (machine: Machine.Machine, local: string, afterListing: () => void = () => {}) =>
  Effect.gen(function* () {
    const events: Array<Preparation> = []
    const files = yield* ProjectFiles.list("prepare", local, { rules: "project" })
    afterListing()
    const survey = yield* Survey.take(machine.shell, "prepare", layout, [])
    const { manifest } = yield* CodeSync.sync(machine.shell, {
      step: "code",
      local,
      files,
      folder: layout.project,
      manifest: layout.manifest,
      survey,
      also: [],
      emit: (event) => Effect.sync(() => void events.push(event))
    })
    const transfers = events.flatMap((event) => (event._tag === "Transfer" ? [event] : []))
    return { manifest, files, transfers, last: transfers.at(-1), there: `${machine.home}/${layout.project}` }
  })
