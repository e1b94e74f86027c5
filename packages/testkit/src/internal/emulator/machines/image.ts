import type { MachineDescription } from "../../cloud/CloudCore.ts"
import { needed } from "../../ssh/programs.ts"
import { quoted } from "../../ssh/scripts.ts"
import { systemPath } from "../../ssh/tools.ts"
import type { Runner } from "./MachineSettings.ts"
import { imagePrograms } from "./programs.ts"

const sshdConfig = `Include /etc/ssh/sshd_config.d/*.conf
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM yes
PrintMotd no
PrintLastLog no
LogLevel VERBOSE
MaxStartups 200:30:400
Subsystem sftp internal-sftp
`

/** The modules that a machine's user data may need, and nothing that would touch network or packages. */
const cloudConfig = (user: string): string => `datasource_list: [NoCloud]
disable_root: ${user !== "root"}
ssh_deletekeys: true
ssh_genkeytypes: [ed25519]
network: {config: disabled}
users: [${user === "root" ? "" : "default"}]
cloud_init_modules: [bootcmd, write-files, users-groups, ssh]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-user]
system_info: ${JSON.stringify({ distro: "debian", ...(user === "root" ? {} : { default_user: defaultUser(user) }) })}
`

const defaultUser = (name: string) => ({
  name,
  shell: "/bin/bash",
  lock_passwd: true,
  sudo: ["ALL=(ALL) NOPASSWD:ALL"]
})

const write = (path: string, text: string, mode = "644"): ReadonlyArray<string> => [
  `mkdir -p ${quoted(path.replace(/[^/]*$/, ""))}`,
  `rm -f ${quoted(path)}`,
  `printf %s ${quoted(text)} > ${quoted(path)}`,
  `chmod ${mode} ${quoted(path)}`
]

const metaDataOf = ({ id, name, publicKeys }: MachineDescription): string =>
  JSON.stringify({ "instance-id": String(id), "local-hostname": name.split(".")[0], "public-keys": publicKeys })

/** What all that a machine boots finds in its environment. */
export const environmentOf = ({ boot, environment }: MachineDescription): Record<string, string> => ({
  PATH: systemPath,
  LANG: "C.UTF-8",
  ...environment,
  ...(boot.kind === "container" ? boot.environment : {})
})

const environmentFile = ({ environment = {} }: MachineDescription): string =>
  Object.entries(environment)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join("")

/** What the first boot finds: this computer's system, with host keys of its own and nobody's login. */
export const installImage = (machine: MachineDescription, runner: Runner): ReadonlyArray<string> => [
  "rm -f /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d/* /etc/cloud/cloud.cfg.d/* /etc/cloud/cloud-init.disabled",
  "rm -rf /var/lib/cloud",
  `${quoted(needed("ssh-keygen"))} -q -t ed25519 -N '' -C '' -f /etc/ssh/ssh_host_ed25519_key`,
  ...write("/etc/ssh/sshd_config", sshdConfig),
  ...write("/etc/environment", environmentFile(machine)),
  ...write("/etc/cloud/cloud.cfg", cloudConfig(machine.user ?? "root")),
  ...write("/var/lib/cloud/seed/nocloud/meta-data", metaDataOf(machine)),
  "cp /run/machine/user-data /var/lib/cloud/seed/nocloud/user-data",
  ...Object.entries(imagePrograms(machine, runner === "interpreter")).flatMap(([name, script]) =>
    name.startsWith("/")
      ? write(name, script, "755")
      : [
          ...write(`/usr/sbin/${name}`, script, "755"),
          // Whichever of the two comes first in a PATH.
          `ln -sf /usr/sbin/${name} /usr/bin/${name}`
        ]
  )
]
