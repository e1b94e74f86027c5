import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { publicKey, requestFor, using } from "./rented.ts"

it.live("neither the key nor that of an instance is in any address, body, log, trace or file", () => {
  const said: Array<string> = []
  const logger = Logger.make((entry) => void said.push(JSON.stringify(entry.message), String(entry.cause)))
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      said.push(options.name)
      return Object.assign(span, {
        attribute: (key: string, value: unknown) => void said.push(`${key}=${JSON.stringify(value)}`),
        event: (name: string) => void said.push(name),
        // What succeeds is handed on and not told: the answer to a create holds the instance's own key.
        end: (_: bigint, exit: Exit.Exit<unknown, unknown>) =>
          void (Exit.isFailure(exit) && said.push(JSON.stringify(exit)))
      })
    }
  })
  return using(
    (provider, cloud, home) =>
      Effect.gen(function* () {
        const machine = yield* provider.createResource(requestFor({ authorizedKey: publicKey }))
        const own = [...cloud.core.market.world.instances.values()].map(({ key }) => key)
        assert.strictEqual(own.length, 1)
        yield* provider.offers({ gpu: "H100" })
        yield* provider.endpoint(yield* provider.getResource(machine.id))
        yield* provider.stopResource(machine.id)
        yield* provider.preemptionEvidence(machine)
        yield* provider.diagnose ?? Effect.void
        cloud.faults.answer({ status: 500, body: cloud.token }, { method: "GET" })
        yield* Effect.flip(provider.listResources)
        cloud.faults.answer(
          { status: 400, body: { success: false, error: "x", msg: `bad ${cloud.token}` } },
          { method: "GET" }
        )
        const repeated = yield* Effect.flip(provider.listResources)
        cloud.faults.loseReply({ method: "DELETE" })
        yield* Effect.ignore(provider.terminate(machine.id))
        yield* provider.terminate(machine.id)

        const secrets = [cloud.token, ...own]
        const everything = [...said, repeated.message, provider.endActionScript(machine) ?? ""].join("\n")
        assert.match(everything, /CloudApi\.call/)
        assert.match(repeated.message, /bad <secret>/)
        const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
        assert.isNotEmpty(files)
        const written = files.map(({ name, parentPath }) => readFileSync(join(parentPath, name), "utf8")).join("\n")
        for (const secret of secrets) {
          assert.notInclude(everything, secret)
          assert.notInclude(written, secret)
          for (const { body, path, query } of cloud.requests) {
            assert.notInclude(JSON.stringify({ body, path, query }), secret)
          }
        }
      }),
    { settings: { ssh: "proxy" } }
  ).pipe(
    Effect.provide(Logger.layer([logger])),
    Effect.provideService(Tracer.Tracer, tracer),
    Effect.provideService(References.MinimumLogLevel, "All")
  )
})
