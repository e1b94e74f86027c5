/** The promises about what is done on machines, with machines behind a real sshd: Linux, root and an sshd. */
import * as Emulator from "@runctl/testkit/Emulator"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import { describe, it } from "vitest"
import { serve } from "../emulator/Cloud.ts"
import { hosted, nothingIsLeft, sshPort } from "./hosted.ts"

const elsewhere = ProviderLaws.laws.filter((law) => !ProviderLaws.onMachines.includes(law))
const missing = Emulator.missingMachines()

if (missing === undefined) {
  const cloud = await serve({ bootSeconds: 0.1, deleteSeconds: 0.1, machines: "ssh", sshPort })
  ProviderLaws.suite(
    "fernhill, with machines,",
    hosted(cloud, () => import("../src/plugin.ts")),
    {
      offerQuery: { instanceType: "c2" },
      every: "200 millis",
      within: "1 minute",
      timeout: "3 minutes",
      concurrent: true,
      cleanup: nothingIsLeft(cloud),
      skip: elsewhere.map(({ name }) => ({ law: name, reason: "laws.test.ts keeps it" }))
    }
  )
} else {
  describe("fernhill, with machines, keeps the provider laws", () => {
    it.skip(`all of them (left out: ${missing})`)
  })
}
