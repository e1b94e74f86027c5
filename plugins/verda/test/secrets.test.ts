import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { requestFor, script, using } from "./rented.ts"

it.live(
  "the client's secret and its tokens are where they belong, and in no address, log, trace, error or file",
  () => {
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
    return using((provider, { core, seen }, home) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor({ bootstrap: script }))
        yield* provider.endpoint(yield* provider.getResource(id))
        yield* provider.stopResource(id)
        yield* provider.diagnose ?? Effect.void
        const [token = assert.fail("no token was given out")] = core.cloud.world.tokens.keys()
        core.faults.answer({ status: 500, body: { code: "server_error", message: `no ${token}` } })
        said.push(JSON.stringify(yield* Effect.flip(provider.listResources)))
        const { clientSecret } = core.account
        core.revokeTokens()
        core.faults.answer(
          { status: 400, body: { code: "invalid_request", message: `wrong: ${clientSecret}` } },
          { path: /token$/ }
        )
        said.push(JSON.stringify(yield* Effect.flip(provider.listResources)))
        yield* Effect.ignore(provider.terminate(id))

        const everything = said.join("\n")
        assert.match(everything, /CloudApi\.call/)
        const secrets = [clientSecret, token]
        for (const secret of secrets) for (const each of said) assert.notInclude(each, secret)
        for (const { headers, path, query, text } of seen) {
          const isLogin = path === "/v1/oauth2/token"
          const others = Object.entries(headers).filter(([name]) => name !== "authorization")
          const plain = JSON.stringify([path, query, others, isLogin ? "" : text])
          for (const secret of secrets) assert.notInclude(plain, secret)
          assert.strictEqual(headers["authorization"] === undefined, isLogin)
          assert.notInclude(headers["authorization"] ?? "", clientSecret)
        }
        assert.isTrue(
          seen.some(({ text }) => text.includes(clientSecret)),
          "it is sent at all"
        )
        const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
        assert.isNotEmpty(files)
        for (const { name, parentPath } of files) {
          for (const secret of secrets) assert.notInclude(readFileSync(join(parentPath, name), "utf8"), secret)
        }
      })
    ).pipe(
      Effect.provide(Logger.layer([logger])),
      Effect.provideService(Tracer.Tracer, tracer),
      Effect.provideService(References.MinimumLogLevel, "All")
    )
  }
)
