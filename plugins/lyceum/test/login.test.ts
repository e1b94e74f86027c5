import { assert, describe, it } from "@effect/vitest"
import type { Endpoint } from "@runctl/core/Endpoint"
import { Refused, type Shell, ShellError, Shells, Unreachable } from "@runctl/core/Shell"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { cloudOf, folder, providerAt, requestFor } from "./rented.ts"

const opened: Shell = {
  exec: () => Effect.succeed({ exitCode: 0, stdout: "", stderr: "" }),
  stream: () => Stream.empty,
  put: () => Effect.void,
  get: () => Stream.empty
}

const failing = (reason: Refused | Unreachable) => Effect.fail(new ShellError({ operation: "open", reason }))

/** A machine that lets in this user and nobody else; without one it is not reached. */
const machine = (user: () => string | undefined, tried: Array<string>) =>
  Layer.succeed(Shells, {
    open: (endpoint: Endpoint) => {
      const wanted = endpoint._tag === "Ssh" ? (endpoint.user ?? "") : ""
      tried.push(wanted)
      const lets = user()
      if (lets === undefined) return failing(new Unreachable({ message: "no" }))
      return wanted === lets ? Effect.succeed(opened) : failing(new Refused({ message: "Permission denied" }))
    }
  })

/** Who is to log in on a machine, asked so often; and whom it was tried as. */
const askedFor = (user: () => string | undefined, times: number) =>
  Effect.gen(function* () {
    const cloud = yield* cloudOf()
    const home = yield* folder
    const tried: Array<string> = []
    const at = { home, settings: { endpoint: cloud.url }, env: { LYCEUM_API_KEY: cloud.token } }
    const users = yield* Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const rented = yield* provider.createResource(requestFor())
      return yield* Effect.forEach(Array.from({ length: times }), () => provider.endpoint(rented))
    }).pipe(Effect.provide(providerAt(at).pipe(Layer.provide(machine(user, tried)))))
    return { users: users.map((endpoint) => (endpoint._tag === "Ssh" ? endpoint.user : undefined)), tried }
  }).pipe(Effect.scoped)

describe("who logs in, which no two descriptions agree about (C1)", () => {
  it.effect("is the one who was seen there, when the machine lets them in; and that is remembered", () =>
    Effect.gen(function* () {
      const { tried, users } = yield* askedFor(() => "lyceum", 3)
      assert.deepStrictEqual(users, ["lyceum", "lyceum", "lyceum"])
      assert.deepStrictEqual(tried, ["lyceum"])
    })
  )

  it.effect("is another one of those that are known, each tried once", () =>
    Effect.gen(function* () {
      const { tried, users } = yield* askedFor(() => "root", 2)
      assert.deepStrictEqual(users, ["root", "root"])
      assert.deepStrictEqual(tried, ["lyceum", "ubuntu", "root"])
    })
  )

  it.effect("is the first one while nobody is let in, and found out again", () =>
    Effect.gen(function* () {
      const nobody = yield* askedFor(() => "nobody", 2)
      assert.deepStrictEqual(nobody.users, ["lyceum", "lyceum"])
      assert.lengthOf(nobody.tried, 6)
      const unreached = yield* askedFor(() => undefined, 2)
      assert.deepStrictEqual(unreached.users, ["lyceum", "lyceum"])
      assert.deepStrictEqual(unreached.tried, ["lyceum", "lyceum"])
    })
  )
})
