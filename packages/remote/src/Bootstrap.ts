/**
 * What a cloud machine does at boot, as user data: arm its clocks, show the one host key we know, let the owner in.
 *
 * @since 0.1.0
 */
import type { Bootstrap } from "@runctl/core/TrainingProvider"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Arming from "./boot/arming.ts"
import * as Installing from "./boot/installing.ts"
import { encode } from "./internal/utf8.ts"

/** The clocks that a machine arms by itself. @category models @since 0.1.0 */
export type BootClocks = Arming.BootClocks

/** A host key, its private half as OpenSSH keeps it in a file. @category models @since 0.1.0 */
export type HostKeyPair = Installing.HostKeyPair

/**
 * What a machine is to be after its boot.
 *
 * **Details**  `login` is the user who is let in with `authorizedKeys`, and may do everything; made where it is missing.
 * `maxBytes` is how long the cloud lets user data be. Without `clocks` none are armed.
 *
 * @category models
 * @since 0.1.0
 */
export interface BootRequest {
  readonly format: "cloud-config" | "script"
  readonly maxBytes: number
  readonly login: string
  readonly authorizedKeys: ReadonlyArray<string>
  readonly hostKey: HostKeyPair
  readonly clocks: BootClocks | undefined
}

/** The cloud does not take so much user data. @category errors @since 0.1.0 */
export class BootstrapTooLong extends Schema.TaggedError<BootstrapTooLong>("@runctl/remote/BootstrapTooLong")(
  "BootstrapTooLong",
  { bytes: Schema.Int, maxBytes: Schema.Int }
) {
  override get message(): string {
    return `what the machine is to do at boot takes ${this.bytes} bytes of user data, and the provider carries ${this.maxBytes}`
  }
}

/** What was given cannot be written into user data. @category errors @since 0.1.0 */
export class BootstrapRefused extends Schema.TaggedError<BootstrapRefused>("@runctl/remote/BootstrapRefused")(
  "BootstrapRefused",
  { message: Schema.String }
) {}

const loginPattern = /^[a-z_][a-z0-9_-]{0,31}$/
const keyPattern = /^[a-z0-9@.-]+ [A-Za-z0-9+/=]+( [\x20-\x7e]*)?$/
const privatePattern = /^-----BEGIN [A-Z ]+-----\n[A-Za-z0-9+/=\n]+-----END [A-Z ]+-----\n$/

/** What is wrong with a request; no part of a secret is in the answer. */
const flawOf = ({ authorizedKeys, clocks, hostKey, login }: BootRequest): string | undefined => {
  if (!loginPattern.test(login)) return `${JSON.stringify(login)} is no name of a user`
  if (authorizedKeys.length === 0) return "no key is let in"
  if (![...authorizedKeys, hostKey.publicKey].every((key) => keyPattern.test(key))) return "a public key is none"
  if (!privatePattern.test(hostKey.privateKey)) return "the private host key is none"
  if (clocks === undefined) return undefined
  const isScript = clocks.endAction.trim() !== "" && !clocks.endAction.includes("\0")
  if (!isScript || clocks.endAction.includes(Arming.reserved)) return "the end action is no script"
  const { deadlineEpochSeconds, graceSeconds, holdSeconds = 0, leftSeconds, orphanSeconds } = clocks
  const numbers = [deadlineEpochSeconds, graceSeconds, holdSeconds, leftSeconds, orphanSeconds]
  return numbers.every((each) => Number.isSafeInteger(each) && each >= 0 && each <= 9_999_999_999)
    ? undefined
    : "a time of the clocks is no whole number of seconds"
}

/** YAML allows in its quotes what JSON does, but for these, which it wants written as numbers. */
const asYaml = (value: unknown): string =>
  JSON.stringify(value, undefined, 1).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

/**
 * `bootcmd` comes before the network of users, keys and packages, and at every boot; the modules for keys and users
 * once per machine. Installing nothing and updating nothing is cloud-init's own default.
 */
const cloudConfig = (request: BootRequest): string => {
  const { authorizedKeys, clocks, hostKey, login } = request
  const isRoot = login === "root"
  // Named, so that no other user is made. A password that root has, or has not, is left alone.
  const account = isRoot
    ? { name: login, lock_passwd: false, ssh_authorized_keys: authorizedKeys }
    : { name: login, lock_passwd: true, sudo: "ALL=(ALL) NOPASSWD:ALL", ssh_authorized_keys: authorizedKeys }
  const config = {
    ...(clocks === undefined ? {} : { bootcmd: [Arming.armingScript(login, clocks)] }),
    ssh_deletekeys: true,
    ssh_genkeytypes: ["ed25519"],
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    ssh_pwauth: false,
    disable_root: !isRoot,
    users: [account]
  }
  return `#cloud-config\n${asYaml(config)}\n`
}

const shellScript = ({ authorizedKeys, clocks, hostKey, login }: BootRequest): string =>
  [
    "#!/bin/sh",
    clocks === undefined ? Arming.loginScript(login) : Arming.armingScript(login, clocks),
    Installing.installingScript(login, authorizedKeys, hostKey)
  ].join("\n")

/**
 * Writes down what a machine does at boot. The same request is the same bytes.
 *
 * **Details**
 * - `cloud-config`: the clocks are armed in `bootcmd`, early and at every boot, which arms once however often it runs.
 *   All host keys of the image are deleted, and only the one that is given is there.
 * - `script`: the same for clouds without cloud-init, run as root; at every boot or once.
 * **Errors**  `BootstrapTooLong` beyond `maxBytes`; `BootstrapRefused` for what is no key, user or time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const render = (request: BootRequest): Result.Result<Bootstrap, BootstrapTooLong | BootstrapRefused> => {
  const flaw = flawOf(request)
  if (flaw !== undefined) return Result.fail(new BootstrapRefused({ message: flaw }))
  const { format, maxBytes } = request
  const content = format === "cloud-config" ? cloudConfig(request) : shellScript(request)
  const bytes = encode(content).length
  return bytes > maxBytes ? Result.fail(new BootstrapTooLong({ bytes, maxBytes })) : Result.succeed({ format, content })
}
