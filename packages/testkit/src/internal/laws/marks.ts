/**
 * Laws about machines that are ours: made once, found again, told apart.
 *
 * @since 0.1.0
 */
import { fromName, fromTags, type Mark } from "@runctl/core/Ownership"
import { Resource, resourceId } from "@runctl/core/Resource"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Law } from "../../Law.ts"
import { check, eventually, look, newMark, refuses, rent, rentRunning, running, stranger } from "../rent.ts"

const isResource = Schema.is(Schema.toType(Resource))

const sees = (mark: Mark) =>
  Effect.gen(function* () {
    const provider = yield* TrainingProvider
    const listed = yield* eventually(
      provider.listResources,
      (all) => all.some(({ key }) => key === mark.key),
      `a machine with the key ${mark.key} is never listed`
    )
    return listed.filter(({ key }) => key === mark.key)
  })

const says = (resource: Resource, mark: Mark): boolean =>
  resource.owner === mark.owner &&
  resource.key === mark.key &&
  resource.deadline?.epochMilliseconds === mark.deadlineEpochSeconds * 1000

const same = (left: Mark | undefined, right: Mark): boolean =>
  left?.owner === right.owner && left.key === right.key && left.deadlineEpochSeconds === right.deadlineEpochSeconds

export const laws: ReadonlyArray<Law> = [
  {
    name: "a rented machine comes to run, and is listed with the mark it was rented under",
    run: Effect.gen(function* () {
      const mark = yield* newMark()
      const created = yield* rent(mark)
      yield* check(says(created, mark), "what was rented has another mark than asked for")
      yield* check(says(yield* running(created), mark), `${created.id} is got with another owner, key or deadline`)
      const [listed] = yield* sees(mark)
      yield* check(listed !== undefined && says(listed, mark), `${created.id} is listed with another owner or deadline`)
    })
  },
  {
    name: "the mark can be read from a machine's name or tags, and both say the same",
    run: Effect.gen(function* () {
      const mark = yield* newMark()
      yield* rent(mark)
      const [listed] = yield* sees(mark)
      const [named, tagged] = [fromName(listed?.name ?? ""), fromTags(listed?.tags ?? {})]
      yield* check(named !== undefined || tagged !== undefined, `neither name nor tags of ${listed?.id} hold its mark`)
      yield* check(same(named ?? tagged, mark), `the name or tags of ${listed?.id} hold another mark`)
      yield* check(same(tagged ?? named, mark), `the tags of ${listed?.id} hold another mark than its name`)
    })
  },
  {
    name: "what is rented, got and listed is one and the same well-formed thing",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const mark = yield* newMark()
      const created = yield* rent(mark)
      yield* check(isResource(created), `what was rented is malformed: ${JSON.stringify(created)}`)
      yield* check(created.id.startsWith(`${provider.name}/`), `the id ${created.id} does not begin with the provider`)
      const all = yield* sees(mark)
      yield* check(all.length === 1, `${all.length} machines are listed for one key`)
      const got = yield* look(created.id)
      yield* check(got !== undefined && isResource(got), `what is got is missing or malformed: ${JSON.stringify(got)}`)
      for (const each of [all[0], got]) {
        const agrees = each?.id === created.id && each.instanceType === created.instanceType
        yield* check(agrees, `${created.id} is listed or got as something else`)
      }
      const odd = (yield* provider.listResources).find((each) => !isResource(each))
      yield* check(odd === undefined, `something malformed is listed: ${JSON.stringify(odd)}`)
    })
  },
  {
    name: "the same key again is the same machine",
    needs: { what: "providers that know a key again", from: ({ idempotency }) => idempotency !== "none" },
    run: Effect.gen(function* () {
      const mark = yield* newMark()
      const first = yield* rent(mark)
      yield* sees(mark)
      const second = yield* rent(mark)
      yield* check(second.id === first.id, `one key gave ${first.id} and ${second.id}`)
      const all = yield* sees(mark)
      yield* check(all.length === 1, `one key has ${all.length} machines`)
    })
  },
  {
    name: "the same key many times at once is one machine",
    needs: {
      what: "providers that accept a name or token once",
      from: ({ idempotency }) => idempotency === "name" || idempotency === "token"
    },
    run: Effect.gen(function* () {
      const mark = yield* newMark()
      const all = yield* Effect.all(
        Array.from({ length: 5 }, () => rent(mark)),
        { concurrency: "unbounded" }
      )
      const ids = new Set(all.map(({ id }) => id))
      yield* check(ids.size === 1, `one key at once gave ${[...ids].join(" and ")}`)
      const listed = yield* sees(mark)
      yield* check(listed.length === 1, `one key at once has ${listed.length} machines`)
    })
  },
  {
    name: "another key is another machine",
    run: Effect.gen(function* () {
      const [one, other] = [yield* rent(), yield* rent()]
      yield* check(one.id !== other.id, `two keys gave ${one.id}`)
    })
  },
  {
    name: "a machine of somebody else is listed as theirs, and stays when ours ends",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const [ourMark, theirMark] = [yield* newMark(), yield* newMark(stranger)]
      const theirs = yield* rentRunning(theirMark)
      const ours = yield* rent(ourMark)
      yield* sees(ourMark)
      yield* provider.terminate(ours.id)
      const [listed] = yield* sees(theirMark)
      yield* check(listed?.owner === stranger, `a stranger's machine is listed as ${listed?.owner}'s`)
      const still = yield* look(theirs.id)
      yield* check(still?.state._tag === "Running", "a stranger's machine ended with ours")
    })
  },
  {
    name: "strange labels are accepted and do no harm to the mark",
    run: Effect.gen(function* () {
      for (const label of [
        "",
        "a b/c:d=e,f",
        'it\'s "quoted"; $(false) `false` \\',
        "Übung №1 火",
        "line\nbreak",
        "x".repeat(200)
      ]) {
        const mark = yield* newMark()
        const [listed] = yield* Effect.scoped(Effect.andThen(rent(mark, { label }), sees(mark)))
        yield* check(listed?.owner === mark.owner, `the label ${JSON.stringify(label)} changed the mark`)
      }
    })
  },
  {
    name: "what never was cannot be got",
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const { id } = yield* rent()
      const [, region = "nowhere"] = id.split("/")
      for (const nativeId of ["0", "no-such-machine", "z".repeat(20)]) {
        const never = resourceId(provider.name, region, nativeId)
        yield* refuses(provider.getResource(never), `getting ${never}`, "NotFound")
      }
    })
  }
]
