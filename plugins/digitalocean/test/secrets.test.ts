import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { publicKey, requestFor, using } from "./rented.ts"
import { token } from "./server.ts"

it.live("the token is in the header of requests, and in no address, body, log, trace or file", () => {
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
  return using((provider, { faults, requests, world }, home) =>
    Effect.gen(function* () {
      const { id } = yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
      Object.assign(world.droplets.get(1001) ?? {}, { status: "active", address: "192.0.2.1" })
      yield* provider.endpoint(yield* provider.getResource(id))
      yield* provider.stopResource(id)
      yield* provider.diagnose ?? Effect.void
      faults.push({ when: () => true, status: 500, body: token })
      yield* Effect.flip(provider.listResources)
      faults.push({ when: () => true, cut: "after" })
      yield* Effect.ignore(provider.terminate(id))

      const everything = said.join("\n")
      assert.match(everything, /CloudApi\.call/)
      assert.match(everything, /url\.full|http\.request/)
      assert.notInclude(everything, token)
      for (const { body, headers, path, query } of requests) {
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
