import * as Emulator from "../../src/Emulator.ts"

/** Where the vendor's own description and samples lie, if anywhere. */
export const openApi: string | undefined = process.env["RUNCTL_OPENAPI_DIR"]

/** For the end of a title. */
export const whyNoOpenApi: string =
  openApi === undefined
    ? " (skipped: RUNCTL_OPENAPI_DIR names no folder with digitalocean.json, which the vendor publishes at github.com/digitalocean/openapi)"
    : ""

/** A cloud held to the vendor's description, where that is to be had. */
export const start = (options: Emulator.Options = {}): Promise<Emulator.Cloud> =>
  Emulator.digitalocean({ openApi, ...options })

/** What came back. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every kind
  readonly body: any
}

const parsed = (text: string): unknown => {
  try {
    return text === "" ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

/** Calls the API as any client would. */
export const call = async (
  cloud: Emulator.Cloud,
  method: string,
  path: string,
  body?: unknown,
  token: string = cloud.token
): Promise<Reply> => {
  const response = await fetch(`${cloud.url}${path}`, {
    method,
    redirect: "manual",
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  return { status: response.status, headers: response.headers, body: parsed(await response.text()) }
}

export const cpu = { size: "s-1vcpu-1gb", image: "ubuntu-24-04-x64", region: "nyc1" }

export const gpu = { size: "gpu-h100x8-640gb", image: "gpu-h100x8-base", region: "nyc1" }

/** Rents a machine and says its number. */
export const rent = async (cloud: Emulator.Cloud, name: string, more: object = {}): Promise<number> => {
  const { body, status } = await call(cloud, "POST", "/v2/droplets", { name, ...cpu, ...more })
  if (status !== 202) throw new Error(`the create was answered with ${status}: ${JSON.stringify(body)}`)
  return body.droplet.id
}

export const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPTWyNEb1MpfmUJ0DrmZiDbYTpIf2bzQvSyYjxRfB0pi"

/** Whether a request ends without an answer. */
export const isCut = async (request: Promise<unknown>): Promise<boolean> =>
  request.then(
    () => false,
    () => true
  )
