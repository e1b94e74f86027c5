import type { Size } from "../../cloud/digitalocean/catalogue.ts"
import { needed } from "../../ssh/programs.ts"
import { quoted } from "../../ssh/scripts.ts"
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
const cloudConfig = `datasource_list: [NoCloud]
disable_root: false
ssh_deletekeys: true
ssh_genkeytypes: [ed25519]
network: {config: disabled}
users: []
cloud_init_modules: [bootcmd, write-files, users-groups, ssh]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-user]
system_info: {distro: debian}
`

const write = (path: string, text: string, mode = "644"): ReadonlyArray<string> => [
  `mkdir -p ${quoted(path.replace(/\/[^/]*$/, ""))}`,
  `rm -f ${quoted(path)}`,
  `printf %s ${quoted(text)} > ${quoted(path)}`,
  `chmod ${mode} ${quoted(path)}`
]

/** What the first boot finds: this computer's system, with host keys of its own and nobody's login. */
export const installImage = (size: Size, metaData: string, isInterpreted: boolean): ReadonlyArray<string> => [
  "rm -f /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d/* /etc/cloud/cloud.cfg.d/* /etc/cloud/cloud-init.disabled",
  "rm -rf /var/lib/cloud",
  `${quoted(needed("ssh-keygen"))} -q -t ed25519 -N '' -C '' -f /etc/ssh/ssh_host_ed25519_key`,
  ...write("/etc/ssh/sshd_config", sshdConfig),
  ...write("/etc/cloud/cloud.cfg", cloudConfig),
  ...write("/var/lib/cloud/seed/nocloud/meta-data", metaData),
  "cp /run/machine/user-data /var/lib/cloud/seed/nocloud/user-data",
  ...Object.entries(imagePrograms(size, isInterpreted)).flatMap(([name, script]) => [
    ...write(`/usr/sbin/${name}`, script, "755"),
    // Whichever of the two comes first in a PATH.
    `ln -sf /usr/sbin/${name} /usr/bin/${name}`
  ])
]
