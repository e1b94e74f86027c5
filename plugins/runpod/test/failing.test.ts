import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import * as Ownership from "@runctl/core/Ownership"
import { resourceId } from "@runctl/core/Resource"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { a4000, asked, type Cloud, creates, offerOf, reasonOf, requestFor, untilDone, using } from "./rented.ts"

const create = { method: "POST", path: /^\/v2\/pods$/ }
const reads = { method: "GET" }
const problem = (status: number, detail: string) => ({ status, body: { title: "Error", status, detail } })

const living = (cloud: Cloud) => cloud.billing().length

describe("a create whose answer says nothing about it", () => {
  it.effect(
    "is looked for by its name, found, and not sent again: the answer was lost, or a 500 that had made it",
    () =>
      using((provider, cloud) =>
        Effect.gen(function* () {
          for (const lose of [
            () => cloud.faults.loseReply(create),
            () => cloud.faults.serverErrorAfterEffect(create),
            () => cloud.faults.truncate(create),
            () => cloud.faults.answer({ status: 200, body: "<html></html>" }, create, true)
          ]) {
            const before = creates(cloud).length
            lose()
            const request = requestFor()
            const made = yield* untilDone(provider.createResource(request))
            assert.deepStrictEqual([made.key, creates(cloud).length, living(cloud)], [request.mark.key, before + 1, 1])
            yield* provider.terminate(made.id)
          }
        })
      )
  )

  it.effect("is looked for until it shows, for 20 s", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          cloud.faults.loseReply(create)
          const request = requestFor()
          const waiting = untilDone(provider.createResource(request))
          // Once the list was read before the create, and twice after it.
          const later = Effect.promise(async () => {
            while (asked(cloud, "GET", /^\/v2\/pods$/) < 3) await new Promise((resolve) => setTimeout(resolve, 2))
            cloud.clock.advance(10)
          })
          const [made] = yield* Effect.all([waiting, later], { concurrency: 2 })
          assert.deepStrictEqual([made.key, creates(cloud).length], [request.mark.key, 1])
        }),
      { visibleSeconds: 5 }
    )
  )

  it.effect("and that is nowhere to be found is OutcomeUnknown, however it was lost", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        for (const lose of [() => cloud.faults.loseRequest(create), () => cloud.faults.serverError(create, 503)]) {
          lose()
          const reason = yield* untilDone(reasonOf(provider.createResource(requestFor())))
          assert.strictEqual(reason._tag, "OutcomeUnknown")
        }
        assert.deepStrictEqual([creates(cloud).length, living(cloud)], [2, 0])
      })
    )
  )
})

describe("a create that is refused", () => {
  const cases = [
    ["OutOfCapacity", problem(400, "There are no longer any instances available with the requested specifications.")],
    ["Rejected", problem(400, "minCudaVersion and allowedCudaVersions are mutually exclusive")],
    ["InsufficientFunds", problem(402, "insufficient balance")],
    ["InsufficientFunds", problem(400, "Your balance is too low to deploy this pod")],
    ["QuotaExceeded", problem(400, "your spend limit has been reached")],
    ["Forbidden", problem(403, "insufficient access")],
    ["NotFound", problem(404, "resource not found")],
    ["Conflict", problem(409, "the pod is busy")],
    ["Rejected", problem(413, "request body exceeds 102400 bytes")],
    ["Rejected", { status: 422, body: { title: "Unprocessable", status: 422, detail: "bad", errors: ["$: 'x'"] } }],
    ["Unauthorized", problem(401, "missing bearer token")]
  ] as const

  it.effect("means what its status and words say, and is sent once", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        for (const [tag, answer] of cases) {
          cloud.faults.answer(answer, create)
          const reason = yield* reasonOf(provider.createResource(requestFor()))
          assert.strictEqual(reason._tag, tag, JSON.stringify(answer))
          if (answer.status === 422) assert.include(reason.message, "bad; $: 'x'")
        }
        assert.deepStrictEqual([creates(cloud).length, living(cloud)], [cases.length, 0])
      })
    )
  )

  it.effect("for too many requests is waited for as long as the API says, and so is every other request", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        yield* provider.listResources
        cloud.faults.rateLimit({ path: /^\/v2\/pods$/ }, 20)
        const reason = yield* reasonOf(provider.listResources)
        assert.strictEqual(reason._tag, "RateLimited")
        assert.deepStrictEqual(reason._tag === "RateLimited" && reason.retryAfter, Duration.seconds(20))
        const before = cloud.requests.length
        const next = yield* Effect.forkChild(provider.listResources)
        yield* TestClock.adjust("19 seconds")
        assert.strictEqual(cloud.requests.length, before)
        yield* TestClock.adjust("1 second")
        yield* untilDone(Effect.andThen(Effect.yieldNow, Effect.succeed(next)))
        yield* untilDone(Effect.suspend(() => provider.listResources))
        assert.isAbove(cloud.requests.length, before)
      })
    )
  )
})

describe("a pod that is less than was asked for", () => {
  it.effect("is ended again: RunPod may not mind how much memory was demanded", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.core.world.isStingy = true
        const offer = offerOf(a4000, "EU-RO-1", { vcpus: 8, memoryGiB: GiB.make(30) })
        const reason = yield* reasonOf(provider.createResource(requestFor({ offer })))
        assert.strictEqual(reason._tag, "OutOfCapacity")
        assert.match(reason.message, /only 4 vCPUs, 16 GB of memory/)
        assert.strictEqual(living(cloud), 0)
      })
    )
  )

  it.effect("or costs more than was agreed is ended again; where that fails nobody knows what there is", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        cloud.core.world.surchargeUsdPerHour = 0.2
        const request = () => requestFor({ priceLimit: UsdPerHour.make(0.25) })
        const reason = yield* reasonOf(provider.createResource(request()))
        assert.deepStrictEqual(
          [reason._tag, reason._tag === "PriceTooLow" && reason.usdPerHour, living(cloud)],
          ["PriceTooLow", 0.45, 0]
        )
        cloud.faults.serverError({ method: "DELETE" })
        assert.strictEqual((yield* reasonOf(provider.createResource(request())))._tag, "OutcomeUnknown")
        cloud.core.world.surchargeUsdPerHour = 0.005
        yield* provider.createResource(request())
      })
    )
  )
})

describe("a pod that does not show", () => {
  it.effect("is Starting for a minute after it was made, and then not there", () =>
    using(
      (provider) =>
        Effect.gen(function* () {
          const made = yield* provider.createResource(requestFor())
          yield* TestClock.adjust("59 seconds")
          assert.deepInclude(yield* provider.getResource(made.id), { id: made.id, state: { _tag: "Starting" } })
          yield* TestClock.adjust("2 seconds")
          assert.strictEqual((yield* reasonOf(provider.getResource(made.id)))._tag, "NotFound")
        }),
      { visibleSeconds: 600 }
    )
  )

  it.effect("in the list is asked for by itself before it is called gone", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        yield* TestClock.adjust("10 minutes")
        cloud.faults.answer({ status: 200, body: { pods: [] } }, { path: /^\/v2\/pods$/ })
        assert.strictEqual((yield* provider.getResource(id)).id, id)
        const never = resourceId("runpod", "EU-RO-1", "neverwas")
        assert.strictEqual((yield* reasonOf(provider.getResource(never)))._tag, "NotFound")
        yield* provider.terminate(never)
        for (const strange of ["../x", "a b".replace(" ", "%20")]) {
          yield* provider.terminate(resourceId("runpod", "EU-RO-1", strange))
        }
        assert.strictEqual(asked(cloud, "DELETE", /./), 1)
      })
    )
  )

  it.effect("is no proof of anything when somebody else answers: a page, or a redirect", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        yield* TestClock.adjust("10 minutes")
        for (const status of [404, 200]) {
          cloud.faults.html(reads, status)
          assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "MalformedResponse")
        }
        cloud.faults.redirect("https://elsewhere.example", reads)
        assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "MalformedResponse")
      })
    )
  )
})

describe("starting a pod", () => {
  const stopped = (use: (cloud: Cloud, start: Effect.Effect<string>) => Effect.Effect<void>) =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        yield* provider.stopResource(id)
        const start = Effect.match(provider.startResource(id), {
          onFailure: ({ reason }) => `${reason._tag} ${reason.message}`,
          onSuccess: ({ state }) => state._tag
        })
        yield* use(cloud, start)
      })
    )

  it.effect("fails where its host has no GPU, and also where it would run without any", () =>
    stopped((cloud, start) =>
      Effect.gen(function* () {
        cloud.core.world.starts = "refused"
        assert.match(yield* start, /^OutOfCapacity .*not enough free GPUs/)
        cloud.core.world.starts = "empty"
        assert.match(yield* start, /^OutOfCapacity .*no free GPU now/)
        assert.strictEqual(cloud.machines()[0]?.status, "off")
        cloud.core.world.starts = "normal"
        assert.strictEqual(yield* start, "Running")
      })
    )
  )

  it.effect("is not asked for twice: a busy pod is a Conflict, a lost answer OutcomeUnknown", () =>
    stopped((cloud, start) =>
      Effect.gen(function* () {
        cloud.faults.pendingEvent({ path: /\/action$/ })
        assert.match(yield* start, /^Conflict/)
        cloud.faults.loseReply({ path: /\/action$/ })
        assert.match(yield* start, /^OutcomeUnknown/)
        assert.strictEqual(asked(cloud, "POST", /\/action$/), 3)
      })
    )
  )
})

describe("a pod that is locked, or broken", () => {
  it.effect("is told of in RunPod's words", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        const [pod] = cloud.core.world.pods.values()
        if (pod !== undefined) pod.locked = true
        const reason = yield* reasonOf(provider.stopResource(id))
        assert.deepStrictEqual([reason._tag, reason.message], ["Conflict", "the pod is locked"])
        cloud.faults.failCreate()
        const broken = yield* provider.createResource(requestFor())
        assert.strictEqual((yield* provider.getResource(broken.id)).state._tag, "Error")
        yield* provider.terminate(broken.id)
        assert.strictEqual(Ownership.fromName(broken.name ?? "")?.key, broken.key)
      })
    )
  )
})
