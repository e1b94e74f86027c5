import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { creates, deletes, overhear, reasonOf, requestFor, using } from "./rented.ts"

it.live("the key is in the header of requests, and in no address, body, error, log, trace or file", () => {
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
      const { faults, token } = cloud
      const heard = overhear(cloud)
      const { id } = yield* provider.createResource(requestFor())
      yield* provider.endpoint(yield* provider.getResource(id))
      yield* provider.diagnose ?? Effect.void
      faults.answer({ status: 500, body: { detail: `what about ${token}` } })
      said.push(JSON.stringify(yield* reasonOf(provider.listResources)))
      // A key that is not ours is nobody's business either.
      faults.answer({ status: 400, body: { detail: "the key lk_another1 may not" } }, creates)
      const { message } = yield* reasonOf(provider.createResource(requestFor()))
      assert.notInclude(message, "lk_another1")
      faults.loseReply(deletes)
      said.push(JSON.stringify(yield* reasonOf(provider.terminate(id))))
      yield* provider.terminate(id)

      const everything = said.join("\n")
      assert.match(everything, /CloudApi\.call/)
      assert.match(everything, /url\.full|http\.request/)
      assert.notInclude(everything, token)
      assert.isAtLeast(heard.length, 6)
      for (const { body, headers = {}, path, query } of heard) {
        assert.strictEqual(headers["authorization"], `Bearer ${token}`)
        const others = Object.entries(headers).filter(([name]) => name !== "authorization")
        assert.notInclude(JSON.stringify({ body, path, query, others }), token)
        assert.isFalse(others.some(([name]) => /^(traceparent|b3)$/.test(name)))
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
