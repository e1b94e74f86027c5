import { nearest } from "@runctl/core/Nearest"
import { parseArgs } from "node:util"
import type { CloudOptions } from "../cloud/CloudCore.ts"
import type { Rates } from "../cloud/Faults.ts"
import { clouds } from "./clouds.ts"
import type { ServeOptions } from "./options.ts"

/** What `testkit emulate` calls a cloud. */
export type CloudName = keyof typeof clouds

const names: ReadonlyArray<string> = Object.keys(clouds)

const isCloud = (word: string): word is CloudName => Object.hasOwn(clouds, word)

export const help = `An emulated cloud on a port of this computer, to try every flow without an account or a cent.

USAGE
  testkit emulate CLOUD [options]

CLOUDS
  ${names.join(" ")}

OPTIONS
  --port N            where it listens (default: a free port)
  --machines KIND     none: machines exist in the API only (default)
                      ssh:  each rented machine is one behind a real sshd; root on Linux only
  --ssh-port N        where machines listen at addresses of their own (default: 22)
  --user-data WHO     cloud-init, or interpreter (default: cloud-init where it is installed)
  --boot S            seconds from the create until a machine is active (default: 0)
  --stale S           reads answer from up to so long ago (default: 0)
  --latency MS        every answer takes so much longer (default: 0)
  --time-scale X      how many seconds a second has for the cloud (default: 1)
  --faults PERCENT    so many requests of a hundred meet a fault: lost, late, twice, 500 (default: 0)
  --seed N            of everything that is drawn (default: 1)
  --open-api PATH     hold every request to the vendor's description: CLOUD.json, or its folder
                      (default: RUNCTL_OPENAPI_DIR)
  --json              one line of JSON when it listens
  --help              this text

EXAMPLE
  testkit emulate digitalocean --port 4010 --machines ssh --time-scale 60
`

/** What was asked for, or what is wrong with how it was asked. */
export type Asked =
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly message: string }
  | {
      readonly kind: "emulate"
      readonly cloud: CloudName
      readonly options: CloudOptions & ServeOptions
      readonly faults: number
      readonly json: boolean
    }

class Wrong extends Error {}

const number = (name: string, text: string | undefined, least: number, most = Number.MAX_SAFE_INTEGER) => {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() !== "" && value >= least && value <= most) return value
  throw new Wrong(
    `--${name} takes a number from ${least}${most === Number.MAX_SAFE_INTEGER ? " on" : ` to ${most}`}, not "${text}"`
  )
}

const whole = (name: string, text: string | undefined, least: number, most?: number) => {
  const value = number(name, text, least, most)
  if (value === undefined || Number.isInteger(value)) return value
  throw new Wrong(`--${name} takes a whole number, not "${text}"`)
}

const oneOf = <A extends string>(name: string, text: string | undefined, known: ReadonlyArray<A>): A | undefined => {
  const found = known.find((each) => each === text)
  if (text === undefined || found !== undefined) return found
  throw new Wrong(`--${name} is ${known.join(" or ")}, not "${text}"`)
}

const cloudOf = (word: string | undefined): CloudName => {
  const known = names.length === 1 ? `the emulated cloud is ${names[0]}` : `the emulated clouds are ${names.join(", ")}`
  if (word === undefined) throw new Wrong(`which cloud? ${known}`)
  if (isCloud(word)) return word
  const [near] = nearest(word, names, 1)
  throw new Wrong(
    `there is no "${word}": ${near === undefined || names.length === 1 ? known : `is it ${near}? ${known}`}`
  )
}

const text = { type: "string" } as const

const parsed = (words: ReadonlyArray<string>) =>
  parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      port: text,
      machines: text,
      "ssh-port": text,
      "user-data": text,
      boot: text,
      stale: text,
      latency: text,
      "time-scale": text,
      faults: text,
      seed: text,
      "open-api": text,
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" }
    }
  })

const emulated = (words: ReadonlyArray<string>, openApi: string | undefined): Asked => {
  const { positionals, values } = parsed(words)
  if (values.help === true || words.length === 0) return { kind: "help" }
  const [verb, word, ...more] = positionals
  if (verb !== "emulate") throw new Wrong(`there is no "${verb ?? ""}": it is emulate`)
  const cloud = cloudOf(word)
  if (more.length > 0) throw new Wrong(`"${more.join(" ")}" is too much`)
  const options = {
    port: whole("port", values.port, 1, 65_535),
    machines: oneOf("machines", values.machines, ["none", "ssh"]),
    sshPort: whole("ssh-port", values["ssh-port"], 1, 65_535),
    userData: oneOf("user-data", values["user-data"], ["cloud-init", "interpreter"]),
    bootSeconds: number("boot", values.boot, 0),
    staleSeconds: number("stale", values.stale, 0),
    latencyMillis: number("latency", values.latency, 0),
    timeScale: number("time-scale", values["time-scale"], 0),
    seed: whole("seed", values.seed, 0),
    openApi: values["open-api"] ?? openApi
  }
  const faults = (number("faults", values.faults, 0, 100) ?? 0) / 100
  return { kind: "emulate", cloud, options, faults, json: values.json ?? false }
}

export const read = (words: ReadonlyArray<string>, openApi: string | undefined): Asked => {
  try {
    return emulated(words, openApi)
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : "it cannot be read" }
  }
}

/** Each kind as often as any other. */
export const evenly = (share: number): Rates => {
  const each = share / 7
  return {
    lostRequest: each,
    lostReply: each,
    lateReply: each,
    lostThenLate: each,
    serverError: each,
    serverErrorAfterEffect: each,
    truncated: each
  }
}
