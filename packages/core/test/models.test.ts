import { assert, it } from "@effect/vitest"
import { isOver, JobStatus, UnitId } from "@runctl/core/Job"
import * as JobError from "@runctl/core/JobError"
import * as ProviderError from "@runctl/core/ProviderError"
import { ProviderManifest } from "@runctl/core/ProviderManifest"
import { parts, Resource, resourceId, ResourceId } from "@runctl/core/Resource"
import { isFinal, RunState } from "@runctl/core/Run"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

const Word = Schema.String.check(Schema.isPattern(/^[^/\s]+$/))
const Native = Schema.String.check(Schema.isPattern(/^[a-z]+(\/[a-z]+)?$/))

it.prop(
  "the parts of a resource id are what it was joined from",
  [Word, Word, Native],
  ([provider, region, nativeId]) => {
    assert.deepStrictEqual(parts(resourceId(provider, region, nativeId)), { provider, region, nativeId })
  }
)

it("an id that lacks a part or holds a space is none", () => {
  const isId = Schema.is(ResourceId)
  for (const text of ["", "a", "a/b", "a/b/", "/b/c", "a//c", "a/b/c d", "a/b c/d", "a/b/c\n"]) {
    assert.isFalse(isId(text), JSON.stringify(text))
  }
  assert.isTrue(isId("a/b/c"))
})

it("a unit id is safe as a file name", () => {
  const isUnit = Schema.is(UnitId)
  for (const text of ["", ".", "..", "a/b", "A", "a b", "a\n", "x".repeat(65)]) assert.isFalse(isUnit(text), text)
  assert.isTrue(isUnit("run-1-a"))
})

it.prop("a resource survives being written down", [Resource], ([resource]) => {
  const codec = Schema.fromJsonString(Resource)
  const written = Schema.encodeSync(codec)(resource)
  assert.strictEqual(Schema.encodeSync(codec)(Schema.decodeSync(codec)(written)), written)
  assert.strictEqual(Schema.decodeSync(codec)(written).id, resource.id)
})

it.prop("a job is over when it does not go on and its log is whole", [JobStatus], ([status]) => {
  const goesOn = status.state === "Running" || status.state === "Ending"
  const hasLog = status.state !== "Absent"
  assert.strictEqual(isOver(status), !goesOn && (status.logClosed || !hasLog))
})

it("a run that waits or runs may change, every other is final", () => {
  const open = RunState.literals.filter((state) => !isFinal(state))
  assert.deepStrictEqual(open, ["Pending", "Running"])
})

it.prop(
  "a provider error survives being written down, and says who failed at what and why",
  [ProviderError.ProviderError],
  ([error]) => {
    // Nobody says to wait for ever, or nearly so, and JSON has no number for it.
    if ("retryAfter" in error.reason && !Number.isFinite(Duration.toMillis(error.reason.retryAfter ?? Duration.zero)))
      return
    const codec = Schema.fromJsonString(ProviderError.ProviderError)
    const read = Schema.decodeSync(codec)(Schema.encodeSync(codec)(error))
    assert.deepStrictEqual(
      [read._tag, read.reason._tag, read.message],
      ["ProviderError", error.reason._tag, error.message]
    )
    for (const part of [error.provider, error.operation, error.reason.message]) assert.include(error.message, part)
  }
)

it("every reason has advice, and only those that pass by themselves are retried", () => {
  const tags = ProviderError.Reason.members.map((member) => member.fields._tag.schema.literal)
  assert.strictEqual(tags.length, 14)
  for (const _tag of tags) assert.match(ProviderError.adviceFor({ _tag }), /\.$/)
  assert.deepStrictEqual(
    tags.filter((_tag) => ProviderError.isRetryable({ _tag })),
    ["RateLimited", "Conflict", "Unavailable"]
  )
})

it.prop("a job error is retried only when the machine was not reached", [JobError.JobError], ([error]) => {
  assert.strictEqual(JobError.isRetryable(error), error.reason._tag === "MachineUnreachable")
})

it.prop("a manifest survives being written down", [ProviderManifest], ([manifest]) => {
  assert.deepStrictEqual(Schema.decodeSync(ProviderManifest)(Schema.encodeSync(ProviderManifest)(manifest)), manifest)
})
