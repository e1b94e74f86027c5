import { assert, it } from "@effect/vitest"
import * as Ownership from "@runctl/core/Ownership"
import { Resource } from "@runctl/core/Resource"
import { Droplet } from "@runctl/plugin-digitalocean/Answers"
import { gpuNameOf } from "@runctl/plugin-digitalocean/Catalogue"
import { markOf, stateOf, tagsFor, tagsOf, toResource } from "@runctl/plugin-digitalocean/Droplets"
import { materialOf } from "@runctl/plugin-digitalocean/Keys"
import { bytesIn } from "@runctl/plugin-digitalocean/Renting"
import * as Schema from "effect/Schema"

const Mark = Ownership.Mark
/** What DigitalOcean allows in a tag and in a name. @source its OpenAPI, 2026-08-07 */
const tagPattern = /^[a-zA-Z0-9_\-:]{1,255}$/
const namePattern = /^[a-zA-Z0-9]?[a-z0-9A-Z.-]*[a-z0-9A-Z]$/

it.prop(
  "a mark is read back from the tags it was made into, in any order and among others",
  [Mark, Schema.Array(Schema.String)],
  ([mark, others]) => {
    const strangers = others.filter((tag) => !tag.startsWith("runctl"))
    const tags = [...tagsFor(mark), ...strangers].toReversed()
    assert.deepStrictEqual(markOf({ id: 1, tags }), mark)
    assert.isTrue(tagsFor(mark).every((tag) => tagPattern.test(tag)))
    assert.match(Ownership.toName(mark), namePattern)
  }
)

it.prop("tags become names and values, and lose nothing", [Schema.Array(Schema.String)], ([flat]) => {
  const tags = tagsOf(flat)
  for (const tag of flat) assert.isTrue(tag.split(":")[0] !== undefined && Object.hasOwn(tags, tag.split(":")[0] ?? ""))
})

const isResource = Schema.is(Schema.toType(Resource))

it.prop(
  "whatever a droplet says of itself, it becomes a well-formed machine with its mark",
  [Droplet, Mark],
  ([said, mark]) => {
    const droplet = { ...said, id: Math.abs(said.id), tags: tagsFor(mark), region: { slug: "nyc1" } }
    const resource = toResource(droplet)
    assert.isTrue(isResource(resource), JSON.stringify(resource))
    assert.strictEqual(resource?.key, mark.key)
  }
)

it.prop("a droplet without a whole mark is nobody's machine", [Droplet], ([said]) => {
  assert.isUndefined(toResource({ ...said, name: "web", tags: ["runctl", "runctl-key:short"] }))
})

it.prop("a state that is not one of DigitalOcean's is Unknown", [Schema.String], ([status]) => {
  const known = ["new", "active", "off", "archive"].includes(status)
  assert.strictEqual(stateOf({ id: 1, status })._tag === "Unknown", !known)
})

it("a droplet runs once it is active and has a public address, and is not gone while it is switched off", () => {
  const at = (type: string, address: string) => ({ networks: { v4: [{ type, ip_address: address }] } })
  const tagOf = (droplet: Omit<Droplet, "id">) => stateOf({ id: 1, ...droplet })._tag
  assert.strictEqual(tagOf({ status: "new", ...at("public", "192.0.2.1") }), "Starting")
  assert.strictEqual(tagOf({ status: "active" }), "Starting")
  assert.strictEqual(tagOf({ status: "active", ...at("private", "10.0.0.2") }), "Starting")
  assert.strictEqual(tagOf({ status: "active", ...at("public", "192.0.2.1") }), "Running")
  assert.strictEqual(tagOf({ status: "off", ...at("public", "192.0.2.1") }), "Stopped")
  assert.strictEqual(tagOf({ status: "archive" }), "Stopped")
})

it.prop("a text is as long as UTF-8 makes it", [Schema.String], ([text]) => {
  assert.strictEqual(bytesIn(text), Buffer.byteLength(text.toWellFormed()))
})

it("the names of GPUs are those that are asked for", () => {
  assert.deepStrictEqual(["nvidia_h100", "amd_mi300x", "nvidia_rtx6000_ada", "nvidia_l40s", "b200"].map(gpuNameOf), [
    "H100",
    "MI300X",
    "RTX 6000 Ada",
    "L40S",
    "B200"
  ])
})

it("keys are the same whatever their comments", () => {
  assert.strictEqual(materialOf(" ssh-ed25519  AAAA me@home \n"), materialOf("ssh-ed25519 AAAA"))
})
