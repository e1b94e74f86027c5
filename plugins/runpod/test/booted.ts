import { UsdPerHour } from "@runctl/core/Money"
import { type Resource, resourceId } from "@runctl/core/Resource"
import { Starting } from "@runctl/core/ResourceState"
import type { AnyTrainingProvider, CreateRequest } from "@runctl/core/TrainingProvider"
import * as Bootstrap from "@runctl/remote/Bootstrap"
import * as SshMachine from "@runctl/testkit/SshMachine"
import * as Result from "effect/Result"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert } from "vitest"
import { requestFor } from "./rented.ts"

export interface Login {
  readonly file: string
  readonly publicKey: string
}

export interface User extends Disposable {
  readonly login: Login
  readonly host: Login
}

export const user = async (): Promise<User> => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-user-"))
  const pair = async (name: string) => {
    const file = join(folder, name)
    return { file, publicKey: (await SshMachine.makeKey(file)).publicKey }
  }
  return {
    login: await pair("login"),
    host: await pair("host"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true })
  }
}

/** The request as the runtime makes it, with what the pod is to do at boot. */
export const requestOf = (provider: AnyTrainingProvider, { host, login }: User): CreateRequest => {
  const request = requestFor({ authorizedKey: login.publicKey })
  const { key, owner } = request.mark
  // As the runtime asks before there is a pod.
  const planned: Resource = {
    id: resourceId("runpod", request.offer.region, key),
    state: Starting,
    costPerHour: UsdPerHour.make(0),
    tags: {},
    owner,
    key
  }
  const now = Math.floor(Date.now() / 1000)
  const rendered = Bootstrap.render({
    format: "script",
    maxBytes: 65_536,
    login: "root",
    authorizedKeys: [login.publicKey],
    hostKey: { privateKey: readFileSync(host.file, "utf8"), publicKey: host.publicKey },
    clocks: {
      deadlineEpochSeconds: now + 3600,
      leftSeconds: 3600,
      graceSeconds: 1,
      holdSeconds: undefined,
      orphanSeconds: 1800,
      endAction: provider.endActionScript(planned) ?? ""
    }
  })
  return {
    ...request,
    bootstrap: Result.isSuccess(rendered) ? rendered.success : assert.fail(rendered.failure.message)
  }
}
