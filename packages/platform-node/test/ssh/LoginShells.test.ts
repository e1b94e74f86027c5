import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { assert, describe, it } from "vitest"
import { leftOut, withoutMachines } from "../../../../test/harness/withoutSshd.ts"
import { client, endpointOf, opened, machine } from "./sessions.ts"

describe.skipIf(withoutMachines !== undefined)(`a machine of another kind${leftOut(withoutMachines)}`, () => {
  const shells = ["/bin/dash", "/usr/bin/fish", "/bin/tcsh", "/bin/zsh"]
  for (const shell of shells) {
    const isMissing = !existsSync(shell)
    it.skipIf(isMissing)(
      `runs commands with ${shell} as login shell${isMissing ? " (left out: it is not installed)" : ""}`,
      async () => {
        const sshd = await machine({ loginShell: shell })
        const { ask } = client()
        assert.strictEqual(
          await ask(endpointOf(sshd), `for i in 1 2; do printf '%s ' "$i" "it's"; done; echo "$0"`),
          "1 it's 2 it's sh\n"
        )
      }
    )
  }

  it("runs commands without a word of what its login shell prints", async () => {
    const sshd = await machine({
      without: ["python3", "bash"],
      loginShell: "/bin/sh",
      config: ["Banner /etc/hostname"]
    })
    writeFileSync(join(sshd.pathOf(sshd.home), ".profile"), "echo profile\n")
    const greeting = await machine()
    writeFileSync(join(greeting.pathOf(greeting.home), ".bashrc"), "echo 'Welcome!'; echo careful >&2\n")
    const { ask, run } = client()
    assert.strictEqual(await ask(endpointOf(sshd), "echo in"), "in\n")
    const answer = await run(
      Effect.flatMap(opened(endpointOf(greeting)), ({ shell }) => shell.exec({ script: "echo in" }))
    )
    assert.deepStrictEqual(answer, { exitCode: 0, stdout: "in\n", stderr: "" })
  })

  it("is reached again after it was switched off and on", async () => {
    const sshd = await machine()
    await client().run(
      Effect.gen(function* () {
        const { shell } = yield* opened(endpointOf(sshd))
        yield* shell.exec({ script: "echo kept >file" })
        yield* Effect.promise(() => sshd.powerOff())
        const error = yield* Effect.flip(shell.exec({ script: "true" }))
        assert.strictEqual(error.reason._tag, "Unreachable")
        yield* Effect.promise(() => sshd.boot())
        assert.strictEqual((yield* shell.exec({ script: "cat file" })).stdout, "kept\n")
      })
    )
  })
})
