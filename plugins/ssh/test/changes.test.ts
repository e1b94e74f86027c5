import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { join } from "node:path"
import type { SshMachine } from "@runctl/testkit/SshMachine"
import { leftOut, withoutSshd } from "../../../test/harness/withoutSshd.ts"
import { exec, names, reasonOf, started, temporary, using } from "./hosts.ts"
import { apart, newMark, offerOf, rent, requestFor } from "./rented.ts"

/** Rents a host, then uses and ends its machine as configured later; answers what was said meanwhile. */
const outlived = async (sshd: SshMachine, later: (sshd: SshMachine) => ReadonlyArray<unknown>) => {
  const folder = temporary()
  const said: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => void said.push(String(message)))
  const rented = await using(
    [apart("one", sshd)],
    (provider) => provider.createResource(requestFor(newMark(), offerOf("one"))),
    folder
  )
  await using(
    later(sshd),
    (provider) =>
      Effect.gen(function* () {
        assert.lengthOf(yield* provider.listResources, 1)
        const endpoint = yield* provider.endpoint(yield* provider.getResource(rented.id))
        assert.strictEqual(yield* Effect.scoped(exec(endpoint, "pwd")), `${sshd.home}/.runctl/machines/${rented.key}\n`)
        yield* provider.terminate(rented.id)
        assert.deepStrictEqual(yield* provider.listResources, [])
      }).pipe(Effect.provide(Logger.layer([logger]))),
    folder
  )
  assert.deepStrictEqual(names(join(sshd.folder, "claims")), [])
  return { said, key: rented.key }
}

describe.skipIf(withoutSshd !== undefined)(`a host that the configuration loses${leftOut(withoutSshd)}`, () => {
  it("keeps its machine until the end, which is said once, with its address", async () => {
    const sshd = await started()
    const { key, said } = await outlived(sshd, () => [])
    assert.lengthOf(said, 1)
    assert.match(
      said[0] ?? "",
      new RegExp(`one is not among .* any more; its machine ${key} .* at .*127.0.0.1:${sshd.port}`)
    )
  })

  it("keeps its machine too when it gets another address, or another folder", async () => {
    const other = await started()
    for (const later of [
      () => [apart("one", other)],
      (sshd: SshMachine) => [apart("one", sshd, { "claims-directory": join(sshd.folder, "others") })]
    ]) {
      const sshd = await started()
      const { said } = await outlived(sshd, later)
      assert.lengthOf(said, 1)
      assert.match(said[0] ?? "", new RegExp(`one is configured otherwise .* at .*127.0.0.1:${sshd.port} too`))
    }
  })

  it("is not spoken of where nothing has changed that matters", async () => {
    const { said } = await outlived(await started(), (sshd) => [apart("one", sshd, { labels: ["new"] })])
    assert.deepStrictEqual(said, [])
  })

  it("is not rented again: it is said which hosts there are, and where that stands", async () => {
    const sshd = await started()
    await using([apart("two", sshd)], () =>
      Effect.gen(function* () {
        const { message, tag } = yield* reasonOf(rent("one"))
        assert.strictEqual(tag, "Rejected")
        assert.match(message, /no host "one" in providers\.ssh\.hosts \(config\.yaml:3\)\..* Known: two\./)
      })
    )
  })
})
