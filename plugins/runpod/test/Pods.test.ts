import { assert, describe, it } from "@effect/vitest"
import type { Pod } from "@runctl/plugin-runpod/Answers"
import { sshOf, stateOf, toResource } from "@runctl/plugin-runpod/Pods"
import * as Types from "@runctl/plugin-runpod/Types"
import * as Schema from "effect/Schema"

const direct = { host: "192.0.2.1", port: 34_446, username: "root" }
const pod = (changes: Partial<Pod>): Pod => ({ id: "abc", ...changes })

describe("the state of a pod", () => {
  it("is what its container does, and not what is wanted of it", () => {
    const cases = [
      [{ status: "PROVISIONING" }, "Starting"],
      [{ status: "STARTING" }, "Starting"],
      [{ status: "RUNNING" }, "Starting"],
      [{ status: "RUNNING", ssh: { direct: null } }, "Starting"],
      [{ status: "RUNNING", ssh: { direct } }, "Running"],
      [{ status: "RUNNING", ssh: { direct }, runtime: null }, "Running"],
      [{ status: "EXITED", ssh: { direct } }, "Stopped"],
      [{ status: "ERROR" }, "Error"],
      [{ status: "TERMINATED" }, "Terminated"],
      [{ status: "running" }, "Unknown"],
      [{ status: null }, "Unknown"],
      [{}, "Unknown"]
    ] as const
    for (const [changes, tag] of cases) assert.strictEqual(stateOf(pod(changes))._tag, tag, JSON.stringify(changes))
  })

  it("has no way to it but its own port: the proxy carries no files, and a stopped pod's ports are stale", () => {
    const ports = [
      { private: 8888, public: 1, type: "http", ip: "192.0.2.1" },
      { private: 22, public: 34_446, type: "tcp", ip: "192.0.2.1" }
    ]
    const way = { host: "192.0.2.1", port: 34_446, user: "root" }
    assert.deepStrictEqual(sshOf(pod({ status: "RUNNING", ssh: { direct } })), way)
    assert.deepStrictEqual(sshOf(pod({ status: "RUNNING", runtime: { ports } })), way)
    assert.isUndefined(sshOf(pod({ status: "EXITED", runtime: { ports }, ssh: { direct } })))
    assert.isUndefined(
      sshOf(pod({ status: "RUNNING", runtime: { ports: [{ private: 22, public: null, type: "tcp" }] } }))
    )
  })
})

describe("a pod's price", () => {
  const name = "runctl-ourselve-0123456789abcdefghij-1700000000"

  it("is what RunPod says, and what is known otherwise where it says nothing", () => {
    const cost = (changes: Partial<Pod>, usdPerHour?: number) =>
      toResource(pod({ name, ...changes }), { usdPerHour })?.costPerHour
    assert.strictEqual(cost({ status: "RUNNING", cost: 0.44 }, 1), 0.44)
    assert.strictEqual(cost({ status: "RUNNING", cost: 0 }, 1), 1)
    assert.strictEqual(cost({ status: "RUNNING" }), 0)
    assert.strictEqual(cost({ status: "EXITED", cost: 0 }, 1), 0)
    assert.closeTo(cost({ status: "EXITED", mounts: { persistent: { size: 100 } } }) ?? 0, 20 / 730, 1e-9)
  })
})

const Slug = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9][A-Za-z0-9-]{0,30}$/))
const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 99 }))

it.prop(
  "the name of a shape says what it is",
  [Slug, Count, Schema.Literals(["secure", "community"])],
  ([slug, count, cloud]) => {
    const gpu = { _tag: "Gpu", slug, count, cloud } as const
    assert.deepStrictEqual(Types.parse(Types.nameOf(gpu)), gpu)
    const cpu = { _tag: "Cpu", slug, vcpus: count } as const
    assert.deepStrictEqual(Types.parse(Types.nameOf(cpu)), cpu)
    assert.isUndefined(Types.parse(slug))
  }
)
