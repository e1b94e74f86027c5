import * as NodeServices from "@effect/platform-node/NodeServices"
import type { SshEndpoint } from "@runctl/core/Endpoint"
import type { ShellError } from "@runctl/core/Shell"
import * as NodeSsh from "@runctl/platform-node/NodeSsh"
import { Passphrases, Ssh, type SshSession } from "@runctl/remote/Ssh"
import * as SshPool from "@runctl/remote/SshPool"
import { Home } from "@runctl/runtime/Home"
import { type Prompt, SshAccess } from "@runctl/runtime/SshAccess"
import { SshMachine, type SshMachineOptions } from "@runctl/testkit/SshMachine"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

/** One process that opens ways to machines, with a user's home of its own. */
export interface Client {
  readonly home: string
  readonly run: <A, E>(effect: Effect.Effect<A, E, Ssh | Scope.Scope>) => Promise<A>
  /** What a command prints. */
  readonly ask: (endpoint: SshEndpoint, script: string) => Promise<string>
  /** Why a way is not opened, or a command not run. */
  readonly refusal: (endpoint: SshEndpoint, script?: string) => Promise<ShellError["reason"]>
}

/** An endpoint for a machine of the tests. */
export const endpointOf = (sshd: SshMachine, more: Partial<SshEndpoint> = {}): SshEndpoint => ({
  _tag: "Ssh",
  host: "127.0.0.1",
  port: sshd.port,
  login: "user",
  identityFile: sshd.clientKey.file,
  ...more
})

export const opened = (endpoint: SshEndpoint): Effect.Effect<SshSession, ShellError, Ssh | Scope.Scope> =>
  Effect.flatMap(Ssh, (ssh) => ssh.open(endpoint))

export const client = (options: { readonly agent?: string; readonly prompt?: Prompt } = {}): Client => {
  const home = mkdtempSync(join(tmpdir(), "rcclient-"))
  mkdirSync(join(home, ".ssh"), { mode: 0o700 })
  const before = process.env["HOME"]
  process.env["HOME"] = home
  onTestFinished(() => {
    process.env["HOME"] = before
    rmSync(home, { recursive: true, force: true })
  })
  const access = Layer.effect(
    Passphrases,
    Effect.map(SshAccess, ({ ask }) => ({ ask }))
  ).pipe(Layer.provideMerge(SshAccess.layer(options)))
  const layer = SshPool.layer.pipe(
    Layer.provide(NodeSsh.layer),
    Layer.provide(access),
    Layer.provide(Home.layerAt(join(home, "runctl"))),
    Layer.provide(NodeServices.layer)
  )
  const run: Client["run"] = (effect) => Effect.runPromise(Effect.provide(Effect.scoped(effect), layer))
  const asked = (endpoint: SshEndpoint, script: string) =>
    Effect.flatMap(opened(endpoint), ({ shell }) => Effect.map(shell.exec({ script }), ({ stdout }) => stdout))
  return {
    home,
    run,
    ask: (endpoint, script) => run(asked(endpoint, script)),
    refusal: (endpoint, script = "true") =>
      run(
        Effect.map(Effect.result(asked(endpoint, script)), (result) => {
          if (Result.isSuccess(result)) throw new Error(`it succeeded: ${result.success}`)
          return result.failure.reason
        })
      )
  }
}

/** A plain sshd for the length of a test. */
export const started = async (options?: SshMachineOptions): Promise<SshMachine> => {
  const sshd = await SshMachine.start(options)
  onTestFinished(() => sshd.close())
  return sshd
}

/** The same with processes of its own. */
export const machine = (options?: SshMachineOptions): Promise<SshMachine> =>
  started({ ...options, isolation: "namespace" })

/** Writes the user's SSH configuration. */
export const configure = (home: string, text: string): void => {
  writeFileSync(join(home, ".ssh", "config"), text, { mode: 0o600 })
}
