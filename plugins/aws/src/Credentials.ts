/**
 * Where keys are found: where AWS's own tools find them.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { Credentials } from "./AwsClient.ts"
import { whole } from "./internal/whole.ts"

const variable = (name: string): Effect.Effect<string> =>
  Effect.orElseSucceed(Config.String(name).pipe(Config.withDefault("")), () => "")

/** What a machine of Amazon's says it is. Elsewhere a question about the keys of its role would wait for nobody. */
const isAmazons = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const vendor = yield* Effect.orElseSucceed(fs.readFileString("/sys/devices/virtual/dmi/id/sys_vendor"), () => "")
  const uuid = yield* Effect.orElseSucceed(fs.readFileString("/sys/hypervisor/uuid"), () => "")
  return /amazon/i.test(vendor) || /^ec2/i.test(uuid)
})

const fromChain = async (profile: string | undefined, asksMachine: boolean) => {
  const sdk = whole(await import("@aws-sdk/credential-providers"), "fromIni")
  const named = profile === undefined ? {} : { profile }
  // The whole chain ends with the metadata service, which only machines of Amazon's and containers have.
  return asksMachine
    ? sdk.fromNodeProviderChain(named)
    : sdk.createCredentialChain(sdk.fromIni(named), sdk.fromProcess(named), sdk.fromTokenFile())
}

/**
 * The chain of AWS's tools: variables, SSO and profiles, processes, web identity, and on a machine of Amazon's its role. A
 * profile that is named counts before keys in variables.
 *
 * **Details**  nothing is looked for before it is needed, and again when it has expired.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  configured: string | undefined
): Effect.fn.Return<Credentials, never, FileSystem.FileSystem> {
  const named = configured ?? (yield* variable("AWS_PROFILE"))
  const profile = named === "" ? undefined : named
  const accessKeyId = yield* variable("AWS_ACCESS_KEY_ID")
  const secretAccessKey = yield* variable("AWS_SECRET_ACCESS_KEY")
  const sessionToken = yield* variable("AWS_SESSION_TOKEN")
  if (profile === undefined && accessKeyId !== "" && secretAccessKey !== "") {
    return { accessKeyId, secretAccessKey, ...(sessionToken === "" ? {} : { sessionToken }) }
  }
  const container = yield* variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
  const fullUri = yield* variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")
  const isOff = /^true$/i.test(yield* variable("AWS_EC2_METADATA_DISABLED"))
  const asksMachine = container !== "" || fullUri !== "" || (!isOff && (yield* isAmazons))
  let chain: Promise<Awaited<ReturnType<typeof fromChain>>> | undefined
  return async () => {
    chain ??= fromChain(profile, asksMachine)
    return (await chain)()
  }
})

/**
 * The region that AWS's own tools would go to: `AWS_REGION`, then `AWS_DEFAULT_REGION`, which the SDK does not read, then
 * what the profile says.
 *
 * @category queries
 * @since 0.1.0
 */
export const region = Effect.fnUntraced(function* (profile: string | undefined) {
  for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION"]) {
    const found = yield* variable(name)
    if (found !== "") return found
  }
  return yield* Effect.tryPromise(async () => {
    const { STSClient } = whole(await import("@aws-sdk/client-sts"), "STSClient")
    return new STSClient(profile === undefined ? {} : { profile }).config.region()
  }).pipe(Effect.orElseSucceed(() => undefined))
})
