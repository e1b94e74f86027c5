import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { publicKey, requestFor, untilDone, using } from "./rented.ts"

it.effect("the key is in the header of requests, and in no address, body, log, trace, error or file", () => {
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
  return using((provider, cloud, home) =>
    Effect.gen(function* () {
      const { token } = cloud
      const bootstrap = { format: "script", content: "#!/bin/sh\n" } as const
      const { id } = yield* provider.createResource(requestFor({ authorizedKey: publicKey, bootstrap }))
      yield* provider.endpoint(yield* provider.getResource(id))
      yield* provider.diagnose ?? Effect.void
      const problem = { title: "x", status: 400, detail: `bad ${token}` }
      for (const status of [400, 403, 500]) {
        cloud.faults.answer({ status, body: problem }, { method: "GET" })
        const error = yield* Effect.flip(provider.listResources)
        assert.notInclude(`${error.message} ${JSON.stringify(error)} ${String(error.stack)}`, token)
      }
      cloud.faults.loseReply({ method: "DELETE" })
      yield* Effect.ignore(untilDone(provider.terminate(id)))

      const everything = said.join("\n")
      assert.match(everything, /CloudApi\.call/)
      assert.notInclude(everything, token)
      for (const { body, path, query } of cloud.requests) {
        assert.notInclude(JSON.stringify({ body, path, query }), token)
      }
      const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
      assert.isNotEmpty(files)
      for (const { name, parentPath } of files) assert.notInclude(readFileSync(join(parentPath, name), "utf8"), token)
    })
  ).pipe(
    Effect.provide(Logger.layer([logger])),
    Effect.provideService(Tracer.Tracer, tracer),
    Effect.provideService(References.MinimumLogLevel, "All")
  )
})
