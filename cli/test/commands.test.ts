import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { commands } from "./commandClasses.ts"

const promised = [
  ..."train create list status wait monitor upload download ssh sync ssh-config forward stop start terminate extend events cost compare sweep trust doctor completion".split(
    " "
  ),
  ..."list show logs stop".split(" ").map((each) => `runs ${each}`),
  ..."list show prune".split(" ").map((each) => `checkpoints ${each}`),
  ..."orphans adopt cleanup recover".split(" ").map((each) => `resources ${each}`),
  ..."list show doctor new".split(" ").map((each) => `providers ${each}`),
  ..."list refresh".split(" ").map((each) => `offers ${each}`),
  ..."show set validate".split(" ").map((each) => `config ${each}`),
  ..."list install uninstall".split(" ").map((each) => `plugins ${each}`)
]

/** Changes something or costs something, so that one may want to look first. */
const changing = new Set([
  "train",
  "create",
  "stop",
  "start",
  "terminate",
  "extend",
  "sync",
  "ssh-config",
  "runs stop",
  "sweep",
  "resources adopt",
  "resources cleanup",
  "resources recover",
  "checkpoints prune",
  "offers refresh",
  "config set",
  "providers new"
])

it("every command that is promised is there", () => {
  assert.includeMembers(
    commands.map(([id]) => id),
    promised
  )
})

it("commands, arguments and flags are a contract", async () => {
  const snapshot = Object.fromEntries(
    commands.map(([id, { default: command }]) => [
      id,
      {
        args: Object.entries(command.args ?? {}).map(([name, { required }]) =>
          required === true ? name : `[${name}]`
        ),
        flags: Object.fromEntries(
          Object.entries(command.flags ?? {})
            .toSorted(([left], [right]) => (left < right ? -1 : 1))
            .map(([name, { char, multiple, options, type }]) => [
              name,
              [type, char === undefined ? "" : `-${char}`, multiple === true ? "several" : "", options?.join("|") ?? ""]
                .filter((part) => part !== "")
                .join(" ")
            ])
        )
      }
    ])
  )
  await expect(`${JSON.stringify(snapshot, undefined, 2)}\n`).toMatchFileSnapshot("../command-snapshot.json")
})

describe.each(commands)("runctl %s", (id, { default: command, Output }) => {
  it("has a summary in lower case without a full stop, and an example of itself", () => {
    assert.match(command.summary ?? "", /^[a-z`].*[^.]$/)
    const examples = command.examples ?? []
    assert.isNotEmpty(examples)
    for (const example of examples) {
      const text = typeof example === "string" ? example : example.command
      assert.include(text, "<%= command.id %>")
    }
  })

  it("answers JSON of a form that is a contract", async () => {
    assert.isTrue(command.enableJsonFlag)
    if (Output === undefined) return assert.fail(`${id} exports no Output`)
    const { definitions, schema } = Schema.toJsonSchemaDocument(Output)
    const text = `${JSON.stringify({ ...schema, $defs: definitions }, undefined, 2)}\n`
    await expect(text).toMatchFileSnapshot(`../schemas/${id.replaceAll(" ", "-")}.json`)
  })

  it("leaves standard input to the job", () => {
    for (const [name, arg] of Object.entries(command.args ?? {})) assert.isTrue(arg.ignoreStdin, name)
  })

  it("says of each flag what it is for", () => {
    for (const [name, flag] of Object.entries(command.flags ?? {})) {
      assert.match(flag.summary ?? "", /^[a-zN].*[^.]$/, name)
      if (flag.type === "boolean") assert.isFalse(flag.default, `--${name} is false when it is absent`)
      if (flag.multiple === true) assert.isTrue(flag.multipleNonGreedy ?? false, `--${name} takes one value at a time`)
    }
  })
})

it("what changes something can be looked at first", () => {
  for (const [id, { default: command }] of commands) {
    if (changing.has(id)) assert.property(command.flags, "dry-run", id)
  }
})
