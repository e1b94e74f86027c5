/**
 * What the runtime answers about machines, as it is shown.
 */
import type { Listing, ResourceView as Answer } from "@runctl/runtime/Resources"
import type { ListOutput, ResourceView } from "../output/resources.ts"
import { isLive, viewRecord, viewResource } from "./resource.ts"

/** One machine: our record of it where that is what it should be, with what its provider says. */
export const viewAnswer = ({ id, live, record, resource, standing }: Answer, now: number): ResourceView => {
  if (record !== undefined && standing === "ours") return viewRecord(record, now, live ? resource?.state : undefined)
  if (resource !== undefined) {
    const view = viewResource(resource, standing)
    return record === undefined ? view : { ...view, label: record.label ?? view.label, run: record.run ?? null }
  }
  throw new Error(`nothing is known of the machine ${id}`)
}

/** Everything that was found, as it is shown at a time. */
export const listOutput = (listing: Listing, options: { readonly all: boolean }, now: number): ListOutput => ({
  resources: listing.resources
    .filter(({ record, standing }) => options.all || record === undefined || standing !== "ours" || isLive(record))
    .map((answer) => viewAnswer(answer, now)),
  others: listing.others,
  failures: listing.failures
})
