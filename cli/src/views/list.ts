/**
 * What `list` shows.
 */
import type { Listing } from "@runctl/runtime/Resources"
import type { ListOutput } from "../output/resources.ts"
import { isLive, viewRecord, viewResource } from "./resource.ts"

/** Everything that was found, as it is shown at a time. */
export const listOutput = (listing: Listing, options: { readonly all: boolean }, now: number): ListOutput => ({
  resources: listing.resources.flatMap(({ record, resource, live }) => {
    if (record === undefined) return resource === undefined ? [] : [viewResource(resource)]
    if (!options.all && !isLive(record)) return []
    return [viewRecord(record, now, live ? resource?.state : undefined)]
  }),
  others: listing.others,
  failures: listing.failures
})
