import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Fixture from "./Fixture.ts"
import * as Machine from "./Machine.ts"

const numbers = (count: number): string => Array.from({ length: count }, (_, index) => `${index + 1}\n`).join("")

layer(NodeServices.layer, { excludeTestServices: true })("a machine that is hard to reach", (it) => {
  it.effect(
    "a log of 1,000,000 lines arrives whole over a wire that is cut every 60,000 bytes",
    () =>
      Effect.gen(function* () {
        const { project, use, wire } = yield* Fixture.make
        Machine.write(project, { "t.sh": "seq 1 1000000" })
        const request = Machine.request(project, "t.sh")
        yield* Fixture.started(use, request)
        wire.cutAfter = 60_000
        const before = wire.opened
        const events = yield* Fixture.followed(use, request)
        assert.isTrue(Fixture.logOf(events) === numbers(1_000_000))
        assert.isAbove(wire.opened - before, 100)
        assert.strictEqual(Fixture.finalOf(events).state, "Completed")
      }),
    120_000
  )

  it.effect("a follower waits for a machine that is down, and loses and repeats nothing", () =>
    Effect.gen(function* () {
      const { project, use, wire } = yield* Fixture.make
      Machine.write(project, { "t.sh": "seq 1 100; sleep 2; seq 101 200" })
      const request = Machine.request(project, "t.sh")
      yield* Fixture.started(use, request)
      const follower = yield* Effect.forkChild(Fixture.followed(use, request))
      yield* Effect.sleep("700 millis")
      wire.isDown = true
      wire.cutAfter = 0
      yield* Effect.sleep("3 seconds")
      wire.isDown = false
      wire.cutAfter = Number.POSITIVE_INFINITY
      const events = yield* Fiber.join(follower)
      assert.deepInclude(Fixture.finalOf(events), { state: "Completed" })
      assert.strictEqual(Fixture.logOf(events), numbers(200))
    })
  )

  it.effect("a follower goes on from a byte", () =>
    Effect.gen(function* () {
      const { project, use } = yield* Fixture.make
      Machine.write(project, { "t.sh": "seq 1 100" })
      const request = Machine.request(project, "t.sh")
      yield* Fixture.ran(use, request)
      const rest = yield* Fixture.followed(use, request, 100)
      assert.strictEqual(Fixture.logOf(rest, 100), numbers(100).slice(100))
      assert.strictEqual(Fixture.logOf(yield* Fixture.followed(use, request, 292), 292), "")
    })
  )

  it.effect("who does not follow hears at once that the machine cannot be reached", () =>
    Effect.gen(function* () {
      const { use, wire } = yield* Fixture.make
      wire.isDown = true
      const { unit } = Machine.request("/", "x")
      const errors = [
        yield* Effect.flip(use.status(Machine.id, unit)),
        yield* Effect.flip(Stream.runDrain(use.monitor(Machine.id, unit, { follow: false, fromByte: 0 }))),
        yield* Effect.flip(use.outputs(Machine.id, unit))
      ]
      assert.deepStrictEqual(
        errors.map((error) => error.reason._tag),
        ["MachineUnreachable", "MachineUnreachable", "MachineUnreachable"]
      )
      assert.isAbove(wire.opened, 1)
    })
  )

  it.effect("a job that prints no text, no ends of lines and carriage returns is followed byte by byte", () =>
    Effect.gen(function* () {
      const { project, use } = yield* Fixture.make
      Machine.write(project, { "t.sh": "head -c 3000000 /dev/urandom | tee ../copy; printf '\\r 1%%\\r 2%%\\0\\377'" })
      const request = Machine.request(project, "t.sh")
      const events = yield* Fixture.ran(use, request)
      const bytes = events.reduce((sum, event) => sum + (event._tag === "Log" ? event.bytes.length : 0), 0)
      assert.strictEqual(bytes, 3_000_000 + 10)
      assert.strictEqual(Fixture.finalOf(events).logBytes, bytes)
    })
  )

  it.effect("samples of the machine come along", () =>
    Effect.gen(function* () {
      const { project, use } = yield* Fixture.make
      Machine.write(project, { "t.sh": "sleep 2" })
      const events = yield* Fixture.ran(use, Machine.request(project, "t.sh"))
      const samples = events.flatMap((event) => (event._tag === "Sample" ? [event.sample] : []))
      assert.isNotEmpty(samples)
      assert.isAbove(samples[0]?.diskTotalBytes ?? 0, 0)
    })
  )
})
