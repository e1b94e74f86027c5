import { missing, missingFor } from "@runctl/testkit/SshMachine"

/** Why suites over SSH are left out; nothing when they can run. */
export const withoutSshd: string | undefined = missing === undefined ? undefined : "OpenSSH's sshd is not installed"

/** Why suites are left out in which each sshd is a machine with a home, a /var/tmp and processes of its own. */
export const withoutMachines: string | undefined =
  withoutSshd ??
  (missingFor("namespace") === undefined ? undefined : "only root can give each sshd a home and processes of its own")

/** ` (left out: why)`, for a title. */
export const leftOut = (why: string | undefined): string => (why === undefined ? "" : ` (left out: ${why})`)
