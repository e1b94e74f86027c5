/**
 * The limits that keep machines from being rented, by name and number.
 *
 * @since 0.1.0
 */
import * as ProviderError from "@runctl/core/ProviderError"
import type { Market } from "@runctl/core/Offer"
import * as Effect from "effect/Effect"
import * as Answers from "./Answers.ts"
import type { Aws } from "./AwsClient.ts"
import * as Calls from "./internal/calls.ts"
import type { Failure } from "./Failures.ts"

/** A limit on the vCPUs of a family that run at once. @category models @since 0.1.0 */
export interface VcpuQuota {
  readonly code: string
  readonly name: string
}

interface Family {
  readonly types: RegExp
  readonly what: string
  readonly onDemand: string
  readonly spot: string
}

/**
 * Families, each with the codes of its limits.
 *
 * @source https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html (read 2026-11-20)
 */
const families: ReadonlyArray<Family> = [
  { types: /^(g|gr|vt)\d/, what: "G and VT", onDemand: "L-DB2E81BA", spot: "L-3819A6DF" },
  { types: /^p\d/, what: "P", onDemand: "L-417A185B", spot: "L-7212CCBC" },
  { types: /^trn\d/, what: "Trn", onDemand: "L-2C3B7624", spot: "L-5480EFD2" },
  { types: /^inf\d/, what: "Inf", onDemand: "L-1945791B", spot: "L-B5D1601B" },
  { types: /^dl\d/, what: "DL", onDemand: "L-6E869C2A", spot: "L-85EED4F7" },
  {
    types: /^(a|c|d|h|i|im|is|m|r|t|z)\d/,
    what: "Standard (A, C, D, H, I, M, R, T, Z)",
    onDemand: "L-1216C47A",
    spot: "L-34B43A08"
  }
]

/** The limit that an instance type counts against; nothing for families that have others. @category decisions @since 0.1.0 */
export const quotaFor = (type: string, market: Market): VcpuQuota | undefined => {
  const family = families.find(({ types }) => types.test(type))
  if (family === undefined) return undefined
  return market === "spot"
    ? { code: family.spot, name: `All ${family.what} Spot Instance Requests` }
    : { code: family.onDemand, name: `Running On-Demand ${family.what} instances` }
}

/** The limits that new accounts have at nothing. @category constants @since 0.1.0 */
export const watched = ["g4dn.xlarge", "p4d.24xlarge"] as const

/** What a limit is now, in vCPUs. @category queries @since 0.1.0 */
export const valueOf = (aws: Aws, region: string, { code }: VcpuQuota): Effect.Effect<number, Failure> =>
  aws.call(region, Calls.getServiceQuota({ ServiceCode: "ec2", QuotaCode: code })).pipe(
    Effect.flatMap(Answers.read(Answers.Quota, `the quota ${code}`)),
    Effect.map(({ Quota }) => Quota.Value)
  )

/** Where a limit is raised, by hand and by command. @category formatting @since 0.1.0 */
export const howToRaise = (region: string, { code }: VcpuQuota, wanted: number): string =>
  `raise it at https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas/${code}?region=${region} or with \`aws service-quotas request-service-quota-increase --region ${region} --service-code ec2 --quota-code ${code} --desired-value ${wanted}\``

/** Says which limit was met, what it is, and how it is raised. @category conversions @since 0.1.0 */
export const explained = Effect.fnUntraced(function* (
  aws: Aws,
  what: { readonly region: string; readonly type: string; readonly vcpus: number; readonly market: Market },
  reason: ProviderError.QuotaExceeded
): Effect.fn.Return<ProviderError.QuotaExceeded> {
  const { market, region, type, vcpus } = what
  const quota = quotaFor(type, market)
  const isAboutVcpus = /^(VcpuLimitExceeded|MaxSpotInstanceCountExceeded|InstanceLimitExceeded)$/.test(
    reason.quota ?? ""
  )
  if (quota === undefined || !isAboutVcpus) return reason
  const value = yield* Effect.orElseSucceed(valueOf(aws, region, quota), () => undefined)
  const has = value === undefined ? "" : ` is ${value} vCPUs, and`
  return new ProviderError.QuotaExceeded({
    quota: quota.code,
    message: `${reason.message}. The quota "${quota.name}" (${quota.code}) in ${region}${has} does not allow ${vcpus} more: ${howToRaise(region, quota, (value ?? 0) + vcpus)}`
  })
})
