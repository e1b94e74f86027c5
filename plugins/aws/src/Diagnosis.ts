/**
 * What may keep AWS from being used.
 *
 * @since 0.1.0
 */
import type { OwnerId } from "@runctl/core/Ownership"
import type { Diagnosis } from "@runctl/core/TrainingProvider"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Answers from "./Answers.ts"
import * as Calls from "./internal/calls.ts"
import * as Catalogue from "./Catalogue.ts"
import { type Cause, hasCode, repeatable } from "./Failures.ts"
import * as Images from "./Images.ts"
import * as Lists from "./internal/lists.ts"
import { sharedTags, specification } from "./Marks.ts"
import * as Quotas from "./Quotas.ts"

const ok = (name: string, message: string): Diagnosis => ({ name, status: "ok", message, advice: undefined })
const warn = (name: string, message: string, advice: string): Diagnosis => ({ name, status: "warn", message, advice })
const broken = (name: string, message: string, advice: string): Diagnosis => ({ name, status: "fail", message, advice })

const identity = ({ aws }: Catalogue.Sources, region: string) =>
  Effect.result(
    Effect.flatMap(aws.call(region, Calls.getCallerIdentity({})), Answers.read(Answers.Identity, "an identity"))
  )

/** Whether the policy lets a machine be made; nothing is made. */
const launches = Effect.fnUntraced(function* (sources: Catalogue.Sources, region: string, owner: OwnerId) {
  const shapes = yield* Catalogue.shapes(sources, region)
  const shape = shapes.find(({ type }) => type === "t3.micro") ?? shapes[0]
  if (shape === undefined) return undefined
  const { imageId } = yield* Images.find(sources, region, shape, undefined)
  const call = Calls.runInstances({
    DryRun: true,
    ImageId: imageId,
    InstanceType: "t3.micro",
    MinCount: 1,
    MaxCount: 1,
    TagSpecifications: [specification("instance", sharedTags(owner))]
  })
  return yield* sources.aws.call(region, call).pipe(
    Effect.as(undefined),
    Effect.catch((cause: Cause): Effect.Effect<Cause | undefined> =>
      Effect.succeed(hasCode(cause, "DryRunOperation") ? undefined : cause)
    )
  )
})

const permission = (sources: Catalogue.Sources, region: string, owner: OwnerId): Effect.Effect<Diagnosis> =>
  launches(sources, region, owner).pipe(
    Effect.catch((cause: Cause) => Effect.succeed<Cause | undefined>(cause)),
    Effect.map((cause) =>
      cause === undefined
        ? ok("permissions", `machines may be made in ${region} (tried without making one)`)
        : broken("permissions", repeatable(cause).message, "docs/aws-permissions.md has the policy that is needed.")
    )
  )

const network = ({ aws, settings }: Catalogue.Sources, region: string): Effect.Effect<Diagnosis> => {
  if (settings.network !== "default") {
    return Effect.succeed(
      ok("network", settings.network === "dedicated" ? "a VPC of runctl's own" : settings.network.subnet)
    )
  }
  return Lists.vpcs(aws, region, { Filters: [{ Name: "is-default", Values: ["true"] }] }).pipe(
    Effect.map(([vpc]) =>
      vpc === undefined
        ? broken("network", `${region} has no default VPC`, "Set providers.aws.network to dedicated, or to a subnet.")
        : ok("network", `the default VPC ${vpc.VpcId} of ${region}`)
    ),
    Effect.catch((cause: Cause) => Effect.succeed(warn("network", repeatable(cause).message, "Try again in a moment.")))
  )
}

const quotas = Effect.fnUntraced(function* ({ aws }: Catalogue.Sources, region: string) {
  const all = Quotas.watched.flatMap((type) =>
    (["on-demand", "spot"] as const).flatMap((market) => Quotas.quotaFor(type, market) ?? [])
  )
  const values = yield* Effect.forEach(all, (quota) => Effect.result(Quotas.valueOf(aws, region, quota)), {
    concurrency: 4
  })
  const known = all.flatMap((quota, index) => {
    const value = values[index]
    return value !== undefined && Result.isSuccess(value) ? [{ quota, value: value.success }] : []
  })
  if (known.length === 0) return [warn("quotas", "they cannot be read", "Allow servicequotas:GetServiceQuota.")]
  const said = known.map(({ quota, value }) => `${quota.name}: ${value} vCPUs`).join("; ")
  const none = known.find(({ value }) => value === 0)
  return [
    none === undefined
      ? ok("quotas", `${region}: ${said}`)
      : warn("quotas", `${region}: ${said}`, `New accounts have none: ${Quotas.howToRaise(region, none.quota, 8)}.`)
  ]
})

const overrides = Effect.fnUntraced(function* ({ aws }: Catalogue.Sources) {
  const names = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2"]
  const set = yield* Effect.forEach(names, (name) =>
    Effect.map(
      Effect.orElseSucceed(Config.String(name).pipe(Config.withDefault("")), () => ""),
      (value) => (value === "" ? [] : [name])
    )
  )
  const active = aws.endpoint === undefined ? set.flat() : ["providers.aws.endpoint"]
  return active.length === 0
    ? []
    : [warn("endpoint", `${active.join(" and ")} leads elsewhere than to AWS`, "Unset it, unless that is meant.")]
})

/**
 * Looks at the keys, the regions, the network, the limits and the permissions. Nothing is changed.
 *
 * @category queries
 * @since 0.1.0
 */
export const diagnose = (sources: Catalogue.Sources, owner: OwnerId): Effect.Effect<ReadonlyArray<Diagnosis>> =>
  Effect.gen(function* () {
    const elsewhere = yield* overrides(sources)
    const offered = yield* Effect.result(sources.regions.offered)
    if (Result.isFailure(offered)) {
      return [...elsewhere, broken("regions", repeatable(offered.failure).message, "Say where machines may be.")]
    }
    const [region = "us-east-1"] = offered.success
    const who = yield* identity(sources, region)
    if (Result.isFailure(who)) {
      const advice = "Log in again (`aws sso login`, `aws configure`), and look at this computer's clock."
      return [...elsewhere, broken("credentials", repeatable(who.failure).message, advice)]
    }
    const { Account: account, Arn: arn } = who.success
    const findings = yield* Effect.all([network(sources, region), permission(sources, region, owner)], {
      concurrency: 2
    })
    return [
      ...elsewhere,
      ok("credentials", `account ${account ?? "unknown"}: ${arn ?? "unknown"}`),
      ok("regions", `machines are offered in ${offered.success.join(", ")}`),
      ...findings,
      ...(yield* quotas(sources, region))
    ]
  })
