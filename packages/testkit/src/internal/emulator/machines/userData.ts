import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Yaml from "effect/encoding/Yaml"
import { quoted } from "../../ssh/scripts.ts"

/** What is done before logins may begin, and after. */
export interface Scripts {
  readonly init: string
  readonly final: string
}

const Command = Schema.Union([Schema.String, Schema.NonEmptyArray(Schema.Union([Schema.String, Schema.Finite]))])

type Command = typeof Command.Type

const { Boolean, String, optionalKey } = Schema

const File = Schema.Struct({
  path: String,
  content: optionalKey(String),
  encoding: optionalKey(Schema.Literals(["text/plain", "b64", "base64", "gz+b64", "gzip+base64", "gz+base64"])),
  permissions: optionalKey(String.check(Schema.isPattern(/^[0-7]{3,4}$/))),
  owner: optionalKey(String),
  append: optionalKey(Boolean),
  defer: optionalKey(Boolean)
})

type File = typeof File.Type

const User = Schema.Struct({
  name: String,
  gecos: optionalKey(String),
  shell: optionalKey(String),
  homedir: optionalKey(String),
  uid: optionalKey(Schema.Int),
  groups: optionalKey(Schema.Union([String, Schema.Array(String)])),
  lock_passwd: optionalKey(Boolean),
  sudo: optionalKey(Schema.Union([String, Schema.Array(String), Schema.Literal(false)])),
  ssh_authorized_keys: optionalKey(Schema.Array(String))
})

type User = typeof User.Type

/** The part of cloud-config that is interpreted; everything else is an error, and not ignored as cloud-init does. */
const CloudConfig = Schema.Struct({
  bootcmd: optionalKey(Schema.Array(Command)),
  runcmd: optionalKey(Schema.Array(Command)),
  write_files: optionalKey(Schema.Array(File)),
  users: optionalKey(Schema.Array(Schema.Union([Schema.Literal("default"), User]))),
  ssh_authorized_keys: optionalKey(Schema.Array(String)),
  ssh_keys: optionalKey(
    Schema.Struct({
      ed25519_private: optionalKey(String),
      ed25519_public: optionalKey(String),
      ecdsa_private: optionalKey(String),
      ecdsa_public: optionalKey(String),
      rsa_private: optionalKey(String),
      rsa_public: optionalKey(String)
    })
  ),
  ssh_deletekeys: optionalKey(Boolean),
  ssh_genkeytypes: optionalKey(Schema.Array(String)),
  ssh_pwauth: optionalKey(Schema.Literal(false)),
  disable_root: optionalKey(Boolean),
  preserve_hostname: optionalKey(Boolean),
  package_update: optionalKey(Schema.Literal(false)),
  package_upgrade: optionalKey(Schema.Literal(false))
})

type CloudConfig = typeof CloudConfig.Type

const decode = Schema.decodeUnknownResult(CloudConfig, { errors: "all", onExcessProperty: "error" })

const line = (command: Command): string =>
  typeof command === "string" ? `sh -c ${quoted(command)}` : command.map((word) => quoted(`${word}`)).join(" ")

const unpacked = (encoding: string): string => {
  if (encoding === "text/plain") return ""
  return encoding.startsWith("gz") ? " | base64 -d | gzip -d" : " | base64 -d"
}

const file = (one: File): string => {
  const { append, content = "", encoding = "text/plain", owner = "root:root", path, permissions = "0644" } = one
  return [
    `mkdir -p "$(dirname ${quoted(path)})"`,
    `printf %s ${quoted(content)}${unpacked(encoding)} ${append === true ? ">>" : ">"} ${quoted(path)}`,
    `chmod ${permissions} ${quoted(path)}`,
    `chown ${quoted(owner)} ${quoted(path)}`
  ].join(" && ")
}

const authorize = (user: string, keys: ReadonlyArray<string>): ReadonlyArray<string> =>
  keys.length === 0
    ? []
    : [
        `home=$(getent passwd ${quoted(user)} | cut -d: -f6) && mkdir -p "$home/.ssh" && chmod 700 "$home/.ssh"`,
        `printf '%s\\n' ${keys.map(quoted).join(" ")} >> "$home/.ssh/authorized_keys"`,
        `chmod 600 "$home/.ssh/authorized_keys" && chown -R ${quoted(user)}: "$home/.ssh"`
      ]

const user = (one: User): ReadonlyArray<string> => {
  const { groups = [], homedir, name, shell = "/bin/sh", ssh_authorized_keys: keys = [], sudo = false, uid } = one
  const members = typeof groups === "string" ? groups.split(",").map((group) => group.trim()) : groups
  const rules = sudo === false ? [] : typeof sudo === "string" ? [sudo] : sudo
  return [
    `id ${quoted(name)} > /dev/null 2>&1 || useradd -m -s ${quoted(shell)}${homedir === undefined ? "" : ` -d ${quoted(homedir)}`}${
      uid === undefined ? "" : ` -u ${uid}`
    } ${quoted(name)}`,
    ...members.map(
      (group) =>
        `getent group ${quoted(group)} > /dev/null || groupadd ${quoted(group)}; gpasswd -a ${quoted(name)} ${quoted(group)}`
    ),
    ...(rules.length === 0 ? [] : [`mkdir -p /etc/sudoers.d`]),
    ...rules.map((rule) => `printf '%s\\n' ${quoted(`${name} ${rule}`)} >> /etc/sudoers.d/90-cloud-init-users`),
    ...authorize(name, keys)
  ]
}

const hostKeys = (keys: NonNullable<CloudConfig["ssh_keys"]>): ReadonlyArray<string> => [
  "rm -f /etc/ssh/ssh_host_*",
  ...Object.entries(keys).map(([name, key]) => {
    const [type = "", half] = name.split("_")
    const path = `/etc/ssh/ssh_host_${type}_key${half === "public" ? ".pub" : ""}`
    return `printf '%s\\n' ${quoted(key.trimEnd())} > ${path} && chmod ${half === "public" ? 644 : 600} ${path}`
  })
]

/** Who the vendor lets in, and with which keys. */
export interface Login {
  readonly user: string
  readonly keys: ReadonlyArray<string>
}

/** A user of the image that is not root may do what root does. */
const login = (name: string, keys: ReadonlyArray<string>): ReadonlyArray<string> =>
  name === "root"
    ? authorize(name, keys)
    : user({ name, shell: "/bin/bash", sudo: "ALL=(ALL) NOPASSWD:ALL", ssh_authorized_keys: keys })

const scripts = (config: CloudConfig, { keys, user: name }: Login): Scripts => {
  const files = (isDeferred: boolean) =>
    (config.write_files ?? []).filter(({ defer = false }) => defer === isDeferred).map(file)
  const once = [
    ...files(false),
    ...(config.users ?? []).flatMap((each) => (each === "default" ? [] : user(each))),
    ...(config.ssh_keys === undefined ? [] : hostKeys(config.ssh_keys)),
    // Where root is disabled, these are for a user that the image has, if it has one.
    ...(config.disable_root === true && name === "root"
      ? []
      : login(name, [...keys, ...(config.ssh_authorized_keys ?? [])])),
    ...(config.disable_root === false && name !== "root" ? authorize("root", keys) : [])
  ]
  // The first ones are run at every boot.
  const init = [...(config.bootcmd ?? []).map(line), ...firstTime("init", once)]
  return {
    init: init.join("\n"),
    final: firstTime("final", [...files(true), ...(config.runcmd ?? []).map(line)]).join("\n")
  }
}

const firstTime = (name: string, lines: ReadonlyArray<string>): ReadonlyArray<string> => [
  "mkdir -p /var/lib/cloud",
  `if [ ! -e /var/lib/cloud/${name} ]; then`,
  `: > /var/lib/cloud/${name}`,
  ...lines,
  "fi"
]

/** A script that is run after logins may begin, on the first boot or on each. */
export const scriptOf = (everyBoot: boolean, given: Login): Scripts => {
  const { init } = scripts({}, given)
  const path = "/var/lib/cloud/script"
  const run = ["mkdir -p /var/lib/cloud", `cp /run/machine/user-data ${path}`, `chmod 700 ${path}`, path]
  return { init, final: (everyBoot ? run : firstTime("final", run)).join("\n") }
}

/** The same effects as cloud-init's, of the keys that are known here; what is not known is said and nothing is done. */
export const interpret = (userData: string, given: Login): Scripts | { readonly unknown: string } => {
  if (userData === "") return scripts({}, given)
  if (userData.startsWith("#!")) return scriptOf(false, given)
  if (!/^#cloud-config\s*\n/.test(userData)) return { unknown: "it begins neither with #cloud-config nor with #!" }
  try {
    const config = decode(Yaml.parse(userData) ?? {})
    return Result.isSuccess(config) ? scripts(config.success, given) : { unknown: config.failure.message }
  } catch (error) {
    return { unknown: `it is no YAML: ${error instanceof Error ? error.message : "it cannot be read"}` }
  }
}
