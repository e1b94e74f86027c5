import { assert, describe, it } from "@effect/vitest"
import { mostUserData } from "@runctl/plugin-aws/Launch"
import { probe } from "@runctl/plugin-aws/Preemption"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { execFile, spawnSync } from "node:child_process"
import { renderBootstrap, requestFor, using } from "./rented.ts"

const withoutCurl = spawnSync("curl", ["--version"]).status === 0 ? undefined : "there is no curl here"

/** Whether the command says that there is a notice, on a machine whose metadata service is at an address. */
const isNoticed = (script: string, service: string) =>
  Effect.callback<boolean>((resume) => {
    const env = { PATH: process.env["PATH"] ?? "", AWS_EC2_METADATA_SERVICE_ENDPOINT: service }
    execFile("sh", ["-c", script], { env }, (error) => resume(Effect.succeed(error === null)))
  })

describe.skipIf(withoutCurl !== undefined)(`the probe${withoutCurl === undefined ? "" : ` (${withoutCurl})`}`, () => {
  const plain = probe({ onRebalance: "ignore" })
  const careful = probe({ onRebalance: "leave" })

  it.live(
    "succeeds once there is a notice, with a token of version 2, and a recommendation counts where it is to",
    () =>
      using((provider, cloud) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(requestFor({ market: "spot" }))
          yield* Effect.sleep("1 second")
          const native = id.split("/")[2] ?? ""
          const service = `${cloud.url}/imds/${native}`
          const asked = (script: string) => isNoticed(script, service)
          assert.deepStrictEqual([yield* asked(plain), yield* asked(careful)], [false, false])
          cloud.core.recommendRebalance(native)
          assert.deepStrictEqual([yield* asked(plain), yield* asked(careful)], [false, true])
          cloud.core.interrupt(native, 100_000, cloud.clock.now())
          assert.deepStrictEqual([yield* asked(plain), yield* asked(careful)], [true, true])
          assert.isTrue(
            cloud.requests.some(({ method, path }) => method === "PUT" && path.endsWith("/latest/api/token"))
          )
          // Where nothing answers there is no notice.
          assert.isFalse(yield* isNoticed(plain, "http://127.0.0.1:1"))
        })
      )
  )
})

describe("user data", () => {
  it("with everything that a machine does at boot fits", () => {
    const key = `ssh-ed25519 ${"A".repeat(68)}`
    const privateKey = `-----BEGIN OPENSSH PRIVATE KEY-----\n${`${"A".repeat(70)}\n`.repeat(6)}-----END OPENSSH PRIVATE KEY-----\n`
    const request = {
      maxBytes: mostUserData,
      login: "root",
      authorizedKeys: [`${key} runctl`],
      hostKey: { publicKey: key, privateKey },
      clocks: {
        deadlineEpochSeconds: 1_900_000_000,
        leftSeconds: 86_400,
        orphanSeconds: 1800,
        graceSeconds: 90,
        holdSeconds: 7200,
        endAction: "poweroff || systemctl poweroff || shutdown -h now || halt -p"
      }
    }
    for (const format of ["cloud-config", "script"] as const) {
      assert.isTrue(Result.isSuccess(renderBootstrap({ ...request, format })), format)
    }
  })
})
