/**
 * What the runtime answers about machines, as it is shown.
 */
import type { Listing, ResourceView as Answer } from "@runctl/runtime/Resources"
import type { ListOutput, ResourceView } from "../output/resources.ts"
import { isLive, viewRecord, viewResource } from "./resource.ts"

/** One machine: our record of it where there is one, with what its provider says. */
export const viewAnswer = ({ id, live, record, resource }: Answer, now: number): ResourceView => {
  if (record !== undefined) return viewRecord(record, now, live ? resource?.state : undefined)
  if (resource !== undefined) return viewResource(resource)
  throw new Error(`nothing is known of the machine ${id}`)
}

/** Everything that was found, as it is shown at a time. */
export const listOutput = (listing: Listing, options: { readonly all: boolean }, now: number): ListOutput => ({
  resources: listing.resources
    .filter(({ record }) => options.all || record === undefined || isLive(record))
    .map((answer) => viewAnswer(answer, now)),
  others: listing.others,
  failures: listing.failures
})
