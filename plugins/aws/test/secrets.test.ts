import { assert, it } from "@effect/vitest"
import type * as Emulator from "@runctl/testkit/Emulator"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { environmentOf, publicKey, requestFor, using } from "./rented.ts"

const secretKey = "canary/SecretAccessKey/0123456789abcdef"
const sessionToken = "canarySessionToken0123456789"

it.live("the secret key is nowhere, and a session's token in one header only", () => {
  const said: Array<string> = []
  const logger = Logger.make((entry) => void said.push(JSON.stringify(entry.message), String(entry.cause)))
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      said.push(options.name)
      return Object.assign(span, {
        attribute: (key: string, value: unknown) => void said.push(`${key}=${JSON.stringify(value)}`),
        event: (name: string) => void said.push(name),
        end: (_: bigint, exit: unknown) => void said.push(JSON.stringify(exit))
      })
    }
  })
  const env = { AWS_REGION: "us-east-1", AWS_SECRET_ACCESS_KEY: secretKey, AWS_SESSION_TOKEN: sessionToken }
  const seen: Array<Readonly<Record<string, string>>> = []
  return using(
    (provider, cloud, home) =>
      Effect.gen(function* () {
        const { core } = cloud
        const plan: typeof core.plan = core.plan.bind(core)
        Object.assign(cloud.core, {
          plan: (request: Emulator.Request) => {
            seen.push(request.headers ?? {})
            return plan(request)
          }
        })
        const { id } = yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
        yield* Effect.sleep("1 second")
        yield* provider.endpoint(yield* provider.getResource(id))
        yield* provider.diagnose ?? Effect.void
        yield* provider.stopResource(id)
        cloud.faults.answer({ status: 400, body: `${secretKey} ${sessionToken}` })
        yield* Effect.flip(provider.listResources)
        cloud.faults.loseReply()
        yield* Effect.ignore(provider.terminate(id))

        const everything = said.join("\n")
        assert.match(everything, /AwsClient\.call/)
        assert.match(everything, /url\.full|http\.request/)
        for (const secret of [secretKey, sessionToken]) {
          assert.notInclude(everything, secret)
          assert.notInclude(JSON.stringify(cloud.requests), secret)
        }
        assert.isAbove(seen.length, 5)
        for (const headers of seen) {
          assert.notInclude(JSON.stringify(headers), secretKey)
          const { "x-amz-security-token": token, ...others } = headers
          assert.strictEqual(token, sessionToken)
          assert.notInclude(JSON.stringify(others), sessionToken)
          assert.notProperty(others, "traceparent")
        }
        const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
        assert.isNotEmpty(files)
        for (const { name, parentPath } of files) {
          assert.notMatch(readFileSync(join(parentPath, name), "utf8"), /canary/)
        }
      }),
    { env: { ...env, AWS_ACCESS_KEY_ID: "AKIAEMULATED00000000" } }
  ).pipe(
    Effect.provide(Logger.layer([logger])),
    Effect.provideService(Tracer.Tracer, tracer),
    Effect.provideService(References.MinimumLogLevel, "All")
  )
})

it.live("what the environment says is used as it is", () =>
  using((provider, cloud) =>
    Effect.gen(function* () {
      yield* provider.listResources
      const { AWS_ACCESS_KEY_ID: key } = environmentOf(cloud)
      assert.isTrue(cloud.requests.every(({ account }) => account === key))
    })
  )
)
