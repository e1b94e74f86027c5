import { assert, it } from "@effect/vitest"
import { installedName, specOf } from "../src/plugins/spec.ts"

const at = (text: string) => specOf(text, "/here", (path) => path.startsWith("/here/there"))

it("a plugin is named by its package, with a version, a scope or an alias", () => {
  assert.deepStrictEqual(at("runctl-plugin-x@^1.2"), {
    npm: "runctl-plugin-x@^1.2",
    isLocal: false,
    name: "runctl-plugin-x"
  })
  assert.strictEqual(at("@scope/plug").name, "@scope/plug")
  assert.strictEqual(at("@scope/plug@next").name, "@scope/plug")
  assert.strictEqual(at("mine@npm:other@1").name, "mine")
})

it("a path is made absolute, and must be there", () => {
  assert.deepStrictEqual(at("./there"), { npm: "/here/there", isLocal: true, name: undefined })
  assert.strictEqual(at("there.tgz").npm, "/here/there.tgz")
  assert.throws(() => at("./nowhere"), /does not exist/)
})

it("nothing that npm would take for an option or a command of a shell gets through", () => {
  for (const text of ["--global", "-g", "", "a b", "x;rm", "$(x)"]) assert.throws(() => at(text), /neither/)
})

it("what came is what is new, changed, or was asked for", () => {
  const spec = at("./there")
  assert.strictEqual(installedName({ a: "1" }, { a: "1", b: "2" }, spec), "b")
  assert.strictEqual(installedName({ a: "1" }, { a: "2" }, spec), "a")
  assert.strictEqual(installedName({ a: "1", t: "file:../../there" }, { a: "1", t: "file:../../there" }, spec), "t")
  assert.strictEqual(installedName({ a: "1", b: "2" }, { a: "1", b: "2" }, at("b@2")), "b")
  assert.isUndefined(installedName({ a: "1" }, { a: "1" }, spec))
})
