import { ProviderError, type Reason } from "@runctl/core/ProviderError"
import type { Resource } from "@runctl/core/Resource"
import type { AnyTrainingProvider, CreateRequest } from "@runctl/core/TrainingProvider"
import type { FakeJobsOptions } from "@runctl/testkit/FakeJobs"
import * as Effect from "effect/Effect"
import type { Honest, Lie } from "./court.ts"

/** A provider that does not keep one law. */
export interface PlantedLie {
  readonly lie: string
  readonly breaks: string
  readonly options?: FakeJobsOptions
  readonly of: Lie
}

export const failed = (operation: ProviderError["operation"], reason: Reason) =>
  new ProviderError({ provider: "fakejobs", operation, reason })

export const message = "it lies"

/** Says something else of every machine. */
export const saying = (honest: Honest, change: (resource: Resource) => Resource): AnyTrainingProvider => ({
  ...honest,
  createResource: (request) => Effect.map(honest.createResource(request), change),
  getResource: (id) => Effect.map(honest.getResource(id), change),
  listResources: Effect.map(honest.listResources, (all) => all.map(change))
})

/** Says something else in the list alone. */
export const listing = (honest: Honest, change: (resource: Resource) => Resource): AnyTrainingProvider => ({
  ...honest,
  listResources: Effect.map(honest.listResources, (all) => all.map(change))
})

export const creating = (
  honest: Honest,
  create: (request: CreateRequest) => ReturnType<AnyTrainingProvider["createResource"]>
): AnyTrainingProvider => ({ ...honest, createResource: create })
