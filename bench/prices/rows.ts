import { loadSnapshot, type PlainOffer } from "@runctl/prices"

/** As many offers as are wanted: the snapshot's again and again, each time a little dearer, so that few prices are equal. */
export const manyOffers = async (count: number): Promise<ReadonlyArray<PlainOffer>> => {
  const { offers } = await loadSnapshot()
  return Array.from({ length: count }, (_, at): PlainOffer => {
    const offer = offers[at % offers.length]
    if (offer === undefined) throw new Error("the snapshot is empty")
    const factor = 1 + Math.floor(at / offers.length) * 0.0137
    const { onDemandUsdPerHour: onDemand, spotUsdPerHour: spot } = offer
    return {
      ...offer,
      ...(onDemand === undefined ? {} : { onDemandUsdPerHour: onDemand * factor }),
      ...(spot === undefined ? {} : { spotUsdPerHour: spot * factor })
    }
  })
}
