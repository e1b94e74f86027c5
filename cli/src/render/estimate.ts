/**
 * What a job is thought to cost, as text.
 */
import type { EstimateView } from "../output/estimate.ts"
import { usd } from "./units.ts"

/** `about $25.34 ($25.04 to $26.50) for 10.1 h of the machine` */
export const renderEstimate = ({ highUsd, hours, lowUsd, usd: amount }: EstimateView): string => {
  const range = lowUsd === highUsd ? "" : ` (${usd(lowUsd)} to ${usd(highUsd)})`
  return `about ${usd(amount)}${range} for ${Math.round(hours * 10) / 10} h of the machine`
}
