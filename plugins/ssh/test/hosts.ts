import type { Endpoint } from "@runctl/core/Endpoint"
import { Shells } from "@runctl/core/Shell"
import { type AnyTrainingProvider, TrainingProvider } from "@runctl/core/TrainingProvider"
import { SshMachine, type SshMachineOptions } from "@runctl/testkit/SshMachine"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { providerIn } from "./rented.ts"

export const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-hosts-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const started = async (options?: SshMachineOptions): Promise<SshMachine> => {
  const sshd = await SshMachine.start(options)
  onTestFinished(() => sshd.close())
  return sshd
}

export const machine = (options?: SshMachineOptions): Promise<SshMachine> =>
  started({ ...options, isolation: "namespace" })

/** Uses a provider with these hosts, whose memory lies in a folder. */
export const using = <A, E>(
  hosts: ReadonlyArray<unknown>,
  use: (provider: AnyTrainingProvider) => Effect.Effect<A, E, TrainingProvider | Shells | Scope.Scope>,
  folder: string = temporary()
): Promise<A> =>
  Effect.runPromise(
    Effect.flatMap(TrainingProvider, use).pipe(
      Effect.scoped,
      Effect.provide(Layer.fresh(providerIn(folder, () => hosts)))
    )
  )

export const reasonOf = <A, R>(
  effect: Effect.Effect<A, { readonly reason: { readonly _tag: string; readonly message: string } }, R>
) => Effect.map(Effect.flip(effect), ({ reason }) => ({ tag: reason._tag, message: reason.message }))

export const exec = (endpoint: Endpoint, script: string) =>
  Effect.gen(function* () {
    const shell = yield* (yield* Shells).open(endpoint)
    return (yield* shell.exec({ script })).stdout
  })

export const names = (folder: string): ReadonlyArray<string> =>
  existsSync(folder) ? readdirSync(folder).toSorted() : []
