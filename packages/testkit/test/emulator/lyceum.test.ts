import * as Emulator from "@runctl/testkit/Emulator"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const prefix = "/api/v2/external"
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFa me"

/** A cloud whose time stands still until it is advanced, asked without HTTP. */
const cloudOf = async (options: Emulator.LyceumOptions = {}) => {
  const cloud = await Emulator.lyceum({ timeScale: 0, checksAnswers: true, ...options })
  const ask = (method: string, path: string, body?: unknown) =>
    cloud.core.handle({ method, path: `${prefix}${path}`, token: cloud.token, body }, cloud.clock.now())
  const create = (more: Readonly<Record<string, unknown>> = {}) =>
    ask("POST", "/vms/create", { user_public_key: key, hardware_profile: "h100", display_name: "one", ...more })
  // oxlint-disable-next-line typescript/no-explicit-any -- answers have many shapes, and schemas of their own check them
  const made = (more?: Readonly<Record<string, unknown>>): any => create(more).body
  return { cloud, ask, create, made, [Symbol.asyncDispose]: () => cloud.close() }
}

describe("an emulated Lyceum", () => {
  it("has a machine that is pending, then ready, and later says where", async () => {
    await using here = await cloudOf({ bootSeconds: 130, addressSeconds: 104 })
    const { vm_id: id } = here.made()
    const status = () => here.ask("GET", `/vms/${id}/status`).body
    expect(status()).toMatchObject({ status: "pending", ip_address: null, billed: null })
    here.cloud.clock.advance(130)
    expect(status()).toMatchObject({ status: "ready", ip_address: null, hardware_profile: "h100", gpu_count: 1 })
    expect(here.cloud.usd()).toBe(0)
    here.cloud.clock.advance(104)
    expect(status()).toMatchObject({ status: "ready", ip_address: expect.stringMatching(/^198\.18\./) })
    expect(here.cloud.usd()).toBeCloseTo((104 * 2.79) / 3600, 9)
    expect(here.cloud.violations).toEqual([])
  })

  it("knows much less of it in the answer to the create, and says its time without a zone", async () => {
    await using here = await cloudOf()
    expect(here.made()).toMatchObject({
      hardware_profile: null,
      gpu_count: null,
      instance_specs: { gpu_type: "h100", gpu_count: 1 },
      instance_type: "on-demand",
      created_at: expect.stringMatching(/\d{6}$/),
      display_name: "one"
    })
  })

  it("has ids and addresses in two forms", async () => {
    await using here = await cloudOf()
    const [one, two] = [here.made(), here.made()]
    expect([one.vm_id, two.vm_id]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/-/)])
    const { vms } = JSON.parse(JSON.stringify(here.ask("GET", "/vms/list").body))
    expect(vms.map(({ ip_address: address }: { ip_address: string }) => address)).toEqual([
      expect.stringMatching(/^[\d.]+$/),
      expect.stringMatching(/^[\d.]+:22$/)
    ])
  })

  it("makes a machine of no GPUs one of one, and ignores a count that stands at the top", async () => {
    await using here = await cloudOf({ refusesViolations: false })
    expect(here.made({ instance_specs: { gpu_count: 0 } })).toMatchObject({ instance_specs: { gpu_count: 1 } })
    expect(here.made({ gpu_count: 8 })).toMatchObject({ instance_specs: { gpu_count: 1 } })
    // The second one is written down: nobody who means it sends it.
    expect(here.cloud.violations).toHaveLength(1)
    expect(here.create({ instance_specs: { gpu_count: 3 } }).status).toBe(400)
  })

  it("refuses what it does not have in a sentence, and what is malformed in a list", async () => {
    await using here = await cloudOf()
    expect(here.create({ hardware_profile: "cpu" })).toMatchObject({
      status: 400,
      body: { detail: expect.stringMatching(/^Unknown hardware_profile 'cpu'\. Valid options: a100, b200/) }
    })
    expect(here.create({ display_name: 7 })).toMatchObject({ status: 422, body: { detail: [{ loc: ["body"] }] } })
    expect(here.ask("GET", "/vms/none/status")).toMatchObject({ status: 404, body: { detail: "VM not found" } })
    const stranger = { method: "GET", path: `${prefix}/vms/list`, token: "lk_no" }
    expect(here.cloud.core.handle(stranger, here.cloud.clock.now()).status).toBe(401)
  })

  it("calls it a failure of its own that there is none, also where its list promised one", async () => {
    await using here = await cloudOf()
    here.cloud.faults.noCapacity({ type: "h100.1x" })
    expect(here.create({ hardware_profile: "a100" }).status).toBe(200)
    expect(here.create()).toMatchObject({ status: 500, body: { detail: expect.stringMatching(/right now/) } })
    expect(here.create().status).toBe(200)
    here.cloud.core.setStock("on-demand", "h100", [8])
    expect(here.create().status).toBe(500)
    expect(here.create({ instance_specs: { gpu_count: 8 } }).status).toBe(200)
    // A price is no machine.
    expect(here.create({ hardware_profile: "l40s", instance_type: "spot" }).status).toBe(400)
  })

  it("shows the dead and their names for ever, unless they are not wanted", async () => {
    await using here = await cloudOf()
    const { vm_id: id } = here.made()
    here.cloud.faults.failCreate()
    here.made()
    expect(here.ask("DELETE", `/vms/${id}`)).toMatchObject({ status: 200, body: { status: "terminated" } })
    const shown = (query: string) => JSON.parse(JSON.stringify(here.ask("GET", `/vms/list${query}`).body)).vms
    expect(shown("")).toMatchObject([
      { display_name: "one", status: "terminated" },
      { display_name: "one", status: "failed" }
    ])
    expect(shown("?include_terminated=false")).toHaveLength(1)
    expect(shown("?include_terminated=false&include_failed=false")).toHaveLength(0)
  })

  it("bills from when a machine is ready until it is deleted, also one that is off or has failed", async () => {
    await using here = await cloudOf({ bootSeconds: 60 })
    const { vm_id: one } = here.made()
    here.cloud.faults.failCreate()
    const { vm_id: failed } = here.made()
    here.cloud.clock.advance(60)
    here.cloud.core.ended(one, "off", here.cloud.clock.now())
    here.cloud.clock.advance(3600)
    expect(here.cloud.usd()).toBeCloseTo(2 * 2.79, 9)
    expect(here.cloud.machines().map(({ status }) => status)).toEqual(["off", "broken"])
    for (const id of [one, failed]) here.ask("DELETE", `/vms/${id}`)
    here.cloud.clock.advance(3600)
    expect(here.cloud.usd()).toBeCloseTo(2 * 2.79, 9)
    expect(here.cloud.billing()).toEqual([])
  })

  it("takes spot machines back without a word, and no others", async () => {
    await using here = await cloudOf()
    const { vm_id: spot } = here.made({ instance_type: "spot" })
    const { vm_id: other } = here.made()
    here.cloud.core.preempt(spot, here.cloud.clock.now())
    expect(here.ask("GET", `/vms/${spot}/status`).body).toMatchObject({ status: "terminated" })
    expect(() => here.cloud.core.preempt(other, here.cloud.clock.now())).toThrow(/no spot machine/)
  })

  it("has prices by the second, as text, among those of other meters; and what is left of the credits", async () => {
    await using here = await cloudOf({ credits: 10 })
    const { prices } = JSON.parse(JSON.stringify(here.ask("GET", "/pricing").body))
    const vms = prices.filter(({ meter_slug: meter }: { meter_slug: string }) => meter === "vm_running")
    expect(vms).toHaveLength(48)
    expect(prices.length).toBeGreaterThan(48)
    expect(vms).toContainEqual(
      expect.objectContaining({
        applies_to: { hardware_profile: "on-demand.a100.1x" },
        unit_price: "0.00044167",
        unit_price_per_hour: "1.59001200"
      })
    )
    here.made({ hardware_profile: "b300" })
    here.cloud.clock.advance(3600)
    expect(here.ask("GET", "/user/status").body).toMatchObject({ credit_balance: 2.01 })
    here.cloud.clock.advance(3600)
    expect(here.create()).toMatchObject({ status: 402 })
  })
})

const openApi = process.env["RUNCTL_OPENAPI_DIR"] ?? ""
const folder = join(openApi, "../samples/lyceum")
const why =
  openApi === ""
    ? " (left out: RUNCTL_OPENAPI_DIR does not say where the samples are)"
    : existsSync(folder)
      ? ""
      : ` (left out: there is no ${folder})`

describe.skipIf(why !== "")(`what was recorded at Lyceum${why}`, () => {
  it.each([
    ["vm_create_pending", "POST", "/vms/create", 200],
    ["vm_status_ready_bare_ip", "GET", "/vms/x/status", 200],
    ["vm_status_ready_host_port", "GET", "/vms/x/status", 200],
    ["vm_status_ready_null_ip", "GET", "/vms/x/status", 200],
    ["vm_list_empty", "GET", "/vms/list", 200],
    ["vm_terminate_ok", "DELETE", "/vms/x", 200],
    ["vms_availability", "GET", "/vms/availability", 200],
    ["pricing_vm_running", "GET", "/pricing", 200],
    ["user_status", "GET", "/user/status", 200],
    ["error_400_invalid_request", "POST", "/vms/create", 400],
    ["error_404_vm_not_found", "GET", "/vms/x/status", 404],
    ["error_500_capacity", "POST", "/vms/create", 500]
  ])("is what the emulated one may answer: %s", async (name, method, path, status) => {
    await using here = await cloudOf()
    const body: unknown = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"))
    const answer = { status, headers: {}, body }
    expect(here.cloud.core.complaint({ method, path: `${prefix}${path}` }, answer)).toBeUndefined()
  })

  it("is said in the same words", async () => {
    await using here = await cloudOf()
    const said = (name: string): unknown => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"))
    here.cloud.faults.noCapacity()
    expect(here.create().body).toEqual(said("error_500_capacity"))
    expect(here.create({ instance_specs: { gpu_count: 3 } }).body).toEqual(said("error_400_invalid_request"))
    expect(here.create({ hardware_profile: "nonexistent-xyz" }).body).toEqual(said("error_400_unknown_profile"))
    expect(here.ask("GET", "/vms/none/status").body).toEqual(said("error_404_vm_not_found"))
  })
})
