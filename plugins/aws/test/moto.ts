import * as Emulator from "@runctl/testkit/Emulator"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientRequests from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"

/** An EC2 that others have written; `.ci/run` installs it and says where it is. */
const program = process.env["RUNCTL_MOTO_SERVER"] || "moto_server"

/** Why there is none here, as words for a title. */
export const withoutMoto: string | undefined =
  spawnSync(program, ["--help"], { stdio: "ignore" }).status === 0
    ? undefined
    : "there is no moto_server: RUNCTL_MOTO_SERVER does not name one, and none is in the PATH"

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })

export interface Moto {
  readonly url: string
  readonly close: () => Promise<void>
}

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill("SIGTERM")
  await once(child, "exit")
}

/** It checks types, images and keys as EC2 does only where it is told to. */
export const startMoto = async (): Promise<Moto> => {
  const port = await freePort()
  const child = spawn(program, ["-H", "127.0.0.1", "-p", String(port)], {
    stdio: "ignore",
    env: {
      ...process.env,
      MOTO_ENABLE_AMI_VALIDATION: "1",
      MOTO_ENABLE_KEYPAIR_VALIDATION: "1",
      MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION: "1"
    }
  })
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`${url}/moto-api/data.json`).catch(() => undefined)
    if (answer?.ok === true) return { url, close: () => ended(child) }
    await sleep(100)
  }
  await ended(child)
  throw new Error("moto does not answer")
}

/** An image that moto knows by a parameter that moto has. */
const parameter = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"

const bodyOf = (request: HttpClientRequest.HttpClientRequest): string =>
  request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""

/** What moto lacks is answered by the emulator's own core: prices, quotas, and Ubuntu's parameters by another one's. */
const front = (moto: HttpClient.HttpClient, core: Emulator.AwsCore, seen: Array<string>): HttpClient.HttpClient =>
  HttpClient.make((request) => {
    const target = request.headers["x-amz-target"] ?? ""
    const body = bodyOf(request)
    seen.push(target === "" ? (new URLSearchParams(body).get("Action") ?? "") : (target.split(".")[1] ?? ""))
    if (target.startsWith("AmazonSSM")) {
      const text = JSON.stringify({ Name: parameter })
      return moto.execute(HttpClientRequests.bodyText(request, text, "application/x-amz-json-1.1"))
    }
    if (target === "") return moto.execute(request)
    const authorization = (request.headers["authorization"] ?? "").replace(/=[^/]+\//, `=${core.token}/`)
    const headers = { ...request.headers, authorization }
    const answer = core.handle({ method: "POST", path: "/", headers, body: JSON.parse(body) }, Date.now())
    const response = new Response(JSON.stringify(answer.body), { status: answer.status, headers: answer.headers })
    return Effect.succeed(HttpClientResponse.fromWeb(request, response))
  })

export const throughFront = (seen: Array<string>): Layer.Layer<HttpClient.HttpClient> =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (moto) => front(moto, Emulator.awsCore(), seen))
  ).pipe(Layer.provide(FetchHttpClient.layer))
