import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import { SshMachine } from "@runctl/testkit/SshMachine"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, it } from "vitest"
import { withoutSshd } from "../../../test/harness/withoutSshd.ts"
import { apart, providerFor } from "./rented.ts"

/** Two hosts that cost something: laws rent two machines at a time at most. */
const hosts = Effect.forEach(["one", "two"], (name, index) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => SshMachine.start()),
      (sshd) => Effect.promise(() => sshd.close())
    ),
    (sshd) => apart(name, sshd, { "usd-per-hour": index + 1 })
  )
)

if (withoutSshd === undefined) {
  ProviderLaws.suite("ssh", Layer.unwrap(Effect.map(hosts, (all) => providerFor(() => all))), {
    every: "50 millis",
    within: "20 seconds",
    timeout: "1 minute"
  })
} else {
  describe("ssh keeps the provider laws", () => {
    it.skip(`all of them (left out: ${withoutSshd})`)
  })
}
