import type { Mark } from "@runctl/core/Ownership"
import * as Bootstrap from "@runctl/remote/Bootstrap"
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { capabilities } from "@runctl/plugin-vastai/VastaiProvider"
import { publicKey } from "./rented.ts"

const newHostKey = (): Bootstrap.HostKeyPair => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-hostkey-"))
  const file = join(folder, "key")
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file])
  const pair = { privateKey: readFileSync(file, "utf8"), publicKey: readFileSync(`${file}.pub`, "utf8").trim() }
  rmSync(folder, { recursive: true })
  return pair
}

/** What the runtime tells a machine to do at its boot: here, to end itself when nobody comes within so many seconds. */
export const bootstrapOf = Effect.fnUntraced(function* (mark: Mark, endAction: string, orphanSeconds: number) {
  const hostKey = newHostKey()
  const { userData } = capabilities
  const bootstrap = yield* Effect.fromResult(
    Bootstrap.render({
      format: "script",
      maxBytes: userData === "none" ? 0 : userData.maxBytes,
      login: "root",
      authorizedKeys: [publicKey],
      hostKey,
      clocks: {
        deadlineEpochSeconds: mark.deadlineEpochSeconds,
        leftSeconds: 3600,
        orphanSeconds,
        graceSeconds: 1,
        holdSeconds: undefined,
        endAction
      }
    })
  )
  return { bootstrap, hostKey }
})
