import { assert, it } from "@effect/vitest"
import type { SshTarget } from "@runctl/remote/Ssh"
import { type Event, event } from "@runctl/runtime/Event"
import { evolve } from "@runctl/runtime/ResourceProjection"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import { plain } from "../src/render/style.ts"
import { renderSsh } from "../src/render/status.ts"
import { viewTarget } from "../src/views/status.ts"
import { aMachine } from "./records.ts"

const target = (hostKey: string | undefined): SshTarget => ({
  host: "10.1.2.3",
  port: 22,
  user: "root",
  hostKeyName: undefined,
  hostKey,
  knownHostsFiles: [],
  isStrict: false,
  identityFiles: [],
  identitiesOnly: true,
  agent: undefined,
  jump: [],
  proxyCommand: undefined,
  keepAliveSeconds: 15,
  keepAliveCount: 3,
  connectSeconds: 10
})

const recordAfter = (...more: ReadonlyArray<Event>): ResourceRecord | undefined =>
  [...aMachine(1, "open"), ...more].reduce<ResourceRecord | undefined>(
    (record, fact) => evolve(record, fact, 1),
    undefined
  )

const shown = (hostKey: string | undefined, record: ResourceRecord | undefined): string => {
  const view = viewTarget(target(hostKey), record)
  return view === null ? assert.fail("it is reached") : renderSsh(view, plain)
}

it("status says which host key of a machine is accepted, and why", () => {
  const key = "ssh-ed25519 AAAAOne"
  const plainRecord = recordAfter()
  const told: ResourceRecord | undefined = plainRecord && { ...plainRecord, bootstrap: "cloud-config" }
  const pinned: ResourceRecord | undefined = told && evolve(told, event("InstanceBootstrapped", { hostKey: key }), 2)
  assert.include(shown(undefined, plainRecord), "since it was first met")
  assert.include(shown(key, plainRecord), "that its provider told")
  assert.include(shown(key, undefined), "that its provider told")
  assert.include(shown(key, told), "the key of its set-up")
  assert.include(shown(key, pinned), "that it made when it was first met")
})
