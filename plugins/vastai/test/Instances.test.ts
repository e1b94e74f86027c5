import { assert, describe, it } from "@effect/vitest"
import { resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import type { Instance } from "@runctl/plugin-vastai/Answers"
import * as Instances from "@runctl/plugin-vastai/Instances"
import { regionOf, shapeOf, typeOf } from "@runctl/plugin-vastai/Market"
import { directWay, proxyWay } from "@runctl/plugin-vastai/Ways"

const now = 1_800_000_000_000

/** The state of an instance in the API's words: what it does, what its contract does, what is wanted of it. */
const state = (
  actual: string | null,
  [current, intended]: readonly [string, string],
  more: Partial<Instance> = {},
  around: Partial<Instances.Around> = {}
): string =>
  ResourceState.format(
    Instances.stateOf(
      {
        id: 1,
        actual_status: actual,
        cur_state: current,
        next_state: intended,
        intended_status: intended,
        start_date: now / 1000 - 60,
        ...more
      },
      { now, ...around }
    )
  )

const wanted = ["running", "running"] as const
const atRest = ["stopped", "stopped"] as const

describe("the state of an instance", () => {
  it.each([null, "created", "loading", "rebooting"])("that is %s and is to run is starting", (actual) => {
    assert.strictEqual(state(actual, ["loading", "running"]), "Starting")
  })

  it("that could not be made is an error, in the words of its host", () => {
    const message = "Error response from daemon: OCI runtime create failed: exec format error"
    assert.strictEqual(state("created", wanted, { status_msg: message }), `Error(${message})`)
  })

  it("that runs is running, also while it is being stopped", () => {
    assert.strictEqual(state("running", wanted), "Running")
    assert.strictEqual(state("running", ["running", "stopped"]), "Running")
  })

  it.each(["stopped", "exited"])("that is %s and is to be is stopped", (actual) => {
    assert.strictEqual(state(actual, atRest), "Stopped")
  })

  it("that has exited by itself is an error: it never comes back", () => {
    assert.strictEqual(state("exited", wanted, { status_msg: "boom\n" }), "Error(container exited: boom)")
  })

  it("that waits for its GPUs after it was switched on is starting", () => {
    assert.strictEqual(state("exited", ["stopped", "running"]), "Starting")
    assert.strictEqual(state("stopped", ["stopped", "running"]), "Starting")
  })

  it("that is frozen is stopped", () => {
    assert.strictEqual(state("frozen", wanted), "Stopped")
  })

  it("that loads for more than half an hour is an error: it would for ever", () => {
    const since = (minutes: number) => ({ start_date: now / 1000 - minutes * 60 })
    assert.strictEqual(state("loading", wanted, since(29)), "Starting")
    assert.match(state("loading", wanted, since(31)), /^Error\(it has been loading for 31 minutes/)
    assert.match(state("created", wanted, since(31)), /^Error/)
    // It was switched on a moment ago.
    assert.strictEqual(state("loading", wanted, since(3000), { startedAt: now - 60_000 }), "Starting")
  })

  it.each(["offline", "unknown"])("that is %s is not known, and after ten minutes an error", (actual) => {
    assert.strictEqual(state(actual, wanted), "Unknown")
    assert.strictEqual(state(actual, wanted, {}, { silentSince: now - 599_000 }), "Unknown")
    assert.match(state(actual, wanted, {}, { silentSince: now - 601_000 }), /^Error/)
  })

  it("in a word that nobody knows is not known", () => {
    assert.strictEqual(state("hibernating", wanted), "Unknown")
    assert.isFalse(Instances.isKnownStatus("hibernating"))
    assert.isTrue(Instances.isKnownStatus("loading"))
  })

  it("that was ended and still shows is terminating", () => {
    assert.strictEqual(state("running", wanted, {}, { ended: true }), "Terminating")
  })

  it("that lives by a bid and was stopped was outbid; rented on demand it was not", () => {
    const row = {
      id: 1,
      actual_status: "exited",
      cur_state: "stopped",
      next_state: "stopped",
      intended_status: "stopped"
    }
    assert.isTrue(Instances.isOutbid({ ...row, is_bid: true }))
    assert.isFalse(Instances.isOutbid({ ...row, is_bid: false }))
    assert.isFalse(Instances.isOutbid({ ...row, is_bid: true, intended_status: "running" }))
  })
})

describe("what an instance costs", () => {
  const prices = { compute: 0.8, disk: 0.002 }
  const items = (state: ResourceState.ResourceState, isFrozen = false) =>
    Instances.chargesIn(prices, state, isFrozen).map(({ item, usdPerHour }) => [item, usdPerHour])

  it("is its GPUs and its disk, the disk alone while it is stopped, and nothing once it is gone", () => {
    assert.deepStrictEqual(items(ResourceState.Running), [
      ["compute", 0.8],
      ["disk", 0.002]
    ])
    assert.deepStrictEqual(items(ResourceState.Stopped), [["disk", 0.002]])
    assert.deepStrictEqual(items(ResourceState.Terminated), [])
  })

  it("is its GPUs as well while it is frozen", () => {
    assert.strictEqual(items(ResourceState.Stopped, true).length, 2)
  })

  it("is read from whichever of its prices there are", () => {
    const closely = (row: Partial<Instance>, compute: number, disk: number) => {
      const found = Instances.pricesOf({ id: 1, ...row })
      assert.closeTo(found.compute, compute, 1e-9)
      assert.closeTo(found.disk, disk, 1e-9)
    }
    closely({ dph_base: 0.8, dph_total: 0.8021, storage_total_cost: 0.0021 }, 0.8, 0.0021)
    closely({ dph_base: 0.8, storage_cost: 0.15, disk_space: 720 }, 0.8, 0.15)
    closely({ dph_base: 0.8, dph_total: 0.8021 }, 0.8, 0.0021)
    closely({ dph_total: 0.8021, storage_total_cost: 0.0021 }, 0.8, 0.0021)
    assert.deepStrictEqual(Instances.pricesOf({ id: 1 }, prices), prices)
  })
})

describe("names", () => {
  it("of instance types stay while the ids of offers change, and are read back", () => {
    const type = typeOf({ machine_id: 22_990, num_gpus: 2, gpu_name: "RTX 4090" })
    assert.strictEqual(type, "m22990-2x-rtx-4090")
    assert.deepStrictEqual(shapeOf(type), { machine: 22_990, gpus: 2 })
    for (const wrong of ["", "m-1x-a", "22990-1x-rtx", "m22990-1x-", "m22990", "no-such-type-x9"]) {
      assert.isUndefined(shapeOf(wrong))
    }
  })

  it("of places are countries by two letters, however they are told", () => {
    const region = (geolocation: string | null, code?: string) => regionOf({ geolocation, country_code: code ?? null })
    assert.strictEqual(region("Guangxi, CN"), "CN")
    assert.strictEqual(region(", US"), "US")
    assert.strictEqual(region("se"), "SE")
    assert.strictEqual(region("Texas, United States", "us"), "US")
    assert.strictEqual(region("California, United States"), "united-states")
    assert.strictEqual(region(null), "unknown")
  })

  it("of instances are checked before they are used", () => {
    const number = (native: string) => Instances.numberOf(resourceId("vastai", "US", native))
    assert.strictEqual(number("31000001"), 31_000_001)
    for (const wrong of ["0", "-1", "1e3", "31000001/x", "abc"]) assert.isUndefined(number(wrong))
    assert.isUndefined(Instances.numberOf(resourceId("digitalocean", "US", "31000001")))
  })
})

describe("the ways to an instance", () => {
  const ports = (port: string | number) => ({ "8888/tcp": [{ HostPort: "1" }], "22/tcp": [{ HostPort: port }] })

  it("directly are its host's address and the port that leads to sshd, told with blanks or as a number", () => {
    const expected = { host: "63.135.50.11", port: 20_000 }
    assert.deepStrictEqual(directWay({ id: 1, public_ipaddr: " 63.135.50.11\n", ports: ports("20000") }), expected)
    assert.deepStrictEqual(directWay({ id: 1, public_ipaddr: "63.135.50.11", ports: ports(20_000) }), expected)
  })

  it("directly are not there without ports, or without the one of sshd", () => {
    for (const none of [null, {}, { "22/tcp": null }, { "22/tcp": [] }, ports(""), ports("99999")]) {
      assert.isUndefined(directWay({ id: 1, public_ipaddr: "63.135.50.11", ports: none }))
    }
    assert.isUndefined(directWay({ id: 1, public_ipaddr: " ", ports: ports("20000") }))
  })

  it("by proxy are its own address and port, and one port further beside Jupyter", () => {
    const proxy = (mode: string) => proxyWay({ id: 1, ssh_host: "ssh4.vast.ai", ssh_port: 10_882, image_runtype: mode })
    assert.deepStrictEqual(proxy("ssh ssh_proxy"), { host: "ssh4.vast.ai", port: 10_882 })
    assert.deepStrictEqual(proxy("jupyter_direct ssh_proxy"), { host: "ssh4.vast.ai", port: 10_883 })
    assert.isUndefined(proxyWay({ id: 1, ssh_host: "", ssh_port: 10_882 }))
  })
})
