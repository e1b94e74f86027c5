import { assert, describe, it } from "@effect/vitest"
import * as Ownership from "@runctl/core/Ownership"
import { resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import * as Vms from "@runctl/plugin-lyceum/Vms"
import { newMark } from "./rented.ts"

const vm = (fields: Readonly<Record<string, unknown>> = {}) => ({
  vm_id: "9918b72c1dce41a6875abaf5d5ab64e9",
  ...fields
})

const inState = (status: string, ip: string | null = "203.0.113.10") => Vms.stateOf(vm({ status, ip_address: ip }))

describe("the state of a VM", () => {
  it("is what the API's words mean, in whatever case", () => {
    const meanings = {
      Starting: ["pending", "provisioning", " Pending "],
      Running: ["ready", "running", "READY"],
      Stopped: ["stopping", "stopped"],
      Terminating: ["terminating", "deleting"],
      Terminated: ["terminated", "deleted", "Terminated"]
    }
    for (const [state, words] of Object.entries(meanings)) {
      for (const word of words) assert.strictEqual(inState(word)._tag, state, word)
    }
  })

  it("is Starting while it is ready and nobody says where (C10)", () => {
    for (const word of ["ready", "running"]) {
      assert.strictEqual(inState(word, null)._tag, "Starting")
      assert.strictEqual(inState(word, " ")._tag, "Starting")
    }
  })

  it("is Running when its address cannot be read: it is there, and billed", () => {
    assert.strictEqual(inState("ready", "203.0.113.10:x")._tag, "Running")
  })

  it("is an Error that may be billed when it has failed", () => {
    for (const word of ["failed", "error"]) {
      const state = inState(word)
      assert.match(ResourceState.format(state), /may go on billing/)
      assert.isTrue(ResourceState.isBillable(state))
    }
  })

  it("is Unknown and billed for a word that nobody knows, or none", () => {
    for (const word of ["hibernating", "", "ready?"]) {
      assert.strictEqual(inState(word)._tag, "Unknown")
      assert.isTrue(ResourceState.isBillable(inState(word)))
    }
    assert.strictEqual(Vms.strangeWord(vm({ status: "hibernating" })), "hibernating")
    assert.isUndefined(Vms.strangeWord(vm({ status: "ready" })))
  })
})

describe("what is read of a VM", () => {
  it("is its type, from the specs alone at first (C6)", () => {
    const specs = { gpu_type: "l40s", gpu_count: 1 }
    assert.strictEqual(
      Vms.instanceTypeOf(vm({ hardware_profile: null, gpu_count: null, instance_specs: specs })),
      "l40s.1x"
    )
    assert.strictEqual(
      Vms.instanceTypeOf(vm({ hardware_profile: "h100", gpu_count: 8, instance_specs: specs })),
      "h100.8x"
    )
    assert.isUndefined(Vms.instanceTypeOf(vm()))
  })

  it("is its time in UTC, with a zone or without", () => {
    const millis = Date.UTC(2026, 6, 31, 12, 14, 40, 153)
    const times = ["2026-07-31T12:14:40.153832", "2026-07-31T12:14:40.153832Z", "2026-07-31T14:14:40.153832+02:00"]
    for (const time of times) assert.strictEqual(Vms.timeOf(time)?.epochMilliseconds, millis, time)
    assert.isUndefined(Vms.timeOf("soon"))
    assert.isUndefined(Vms.timeOf(null))
  })

  it("is its mark, by the whole name and by no part of it (C4)", () => {
    const mark = newMark()
    const name = Ownership.toName(mark)
    assert.deepStrictEqual(Vms.markOf(vm({ display_name: name, name: "hyd-production-vm-1" })), mark)
    assert.deepStrictEqual(Vms.markOf(vm({ name })), mark)
    for (const other of [`${name}-abcd`, `x${name}`, name.slice(0, -11), "runctl-", "sky-cluster"]) {
      assert.isUndefined(Vms.markOf(vm({ display_name: other, name })), other)
    }
  })

  it("is its id, which may be any (C12)", () => {
    for (const id of ["9918b72c1dce41a6875abaf5d5ab64e9", "fa292eba-16ba-4dd2-8c31-f58ac11d87bf", "a/b?c"]) {
      assert.strictEqual(Vms.nativeIdOf(Vms.idOf(id)), id)
    }
    assert.isUndefined(Vms.nativeIdOf(resourceId("verda", "lyceum", "x")))
  })
})
