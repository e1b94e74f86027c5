/**
 * Where an endpoint leads from this computer, for this user.
 *
 * @since 0.1.0
 */
import type { SshEndpoint } from "@runctl/core/Endpoint"
import type { SshTarget } from "@runctl/remote/Ssh"
import { homedir, hostname, userInfo } from "node:os"
import { join } from "node:path"
import { type Surroundings, targetOf } from "./target.ts"
import { configFor } from "./userConfig.ts"

/** What of this process counts: where it keeps keys of its own, and where its agent listens. @category models @since 0.1.0 */
export interface Process {
  readonly machines: string
  readonly agent: string | undefined
}

/** What of the user and the computer counts. `HOME` goes before the password file, as for every other tool. */
const surroundings = ({ agent, machines }: Process): Surroundings => {
  const home = process.env["HOME"] || homedir()
  const { uid, username } = userInfo()
  const folder = join(home, ".ssh")
  return {
    home,
    user: username,
    uid,
    hostname: hostname(),
    agent,
    ownKnownHosts: join(machines, "known_hosts"),
    ownerKey: join(machines, "id_ed25519"),
    configFor: (host, user) =>
      configFor(host, user, { folder, home, files: [join(folder, "config"), "/etc/ssh/ssh_config"] })
  }
}

/** Where an endpoint leads; throws when the configuration cannot be followed. @category accessors @since 0.1.0 */
export const resolveHere = (endpoint: SshEndpoint, here: Process): SshTarget => targetOf(endpoint, surroundings(here))
