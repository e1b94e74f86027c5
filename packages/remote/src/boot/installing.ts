/**
 * The `sh` that does without cloud-init what its modules for keys and users do.
 *
 * @since 0.1.0
 */
import { quote } from "../internal/quote.ts"

/** A host key, its private half as OpenSSH keeps it in a file. @category models @since 0.1.0 */
export interface HostKeyPair {
  readonly privateKey: string
  readonly publicKey: string
}

/** Lets the keys in, with leave to do everything. */
const letIn = (login: string, authorizedKeys: ReadonlyArray<string>): ReadonlyArray<string> => [
  "umask 077",
  'mkdir -p "$home/.ssh"',
  ...authorizedKeys.map(
    (key) =>
      `grep -qxF ${quote(key)} "$home/.ssh/authorized_keys" 2>/dev/null || printf '%s\\n' ${quote(key)} >>"$home/.ssh/authorized_keys"`
  ),
  'chown -R "$user" "$home/.ssh"',
  ...(login === "root"
    ? []
    : [
        "if [ -d /etc/sudoers.d ]; then",
        "  printf '%s ALL=(ALL) NOPASSWD:ALL\\n' \"$user\" >/etc/sudoers.d/90-runctl && chmod 440 /etc/sudoers.d/90-runctl",
        "fi"
      ]),
  "[ ! -d /etc/ssh/sshd_config.d ] || echo 'PasswordAuthentication no' >/etc/ssh/sshd_config.d/10-runctl.conf"
]

/** Once: after the first contact the machine has a key of its own, which the next boot must not take away. */
const showKey = ({ privateKey, publicKey }: HostKeyPair): ReadonlyArray<string> => [
  "key=/etc/ssh/ssh_host_ed25519_key done=/var/lib/runctl-host-key",
  `shown=${quote(publicKey)}`,
  'if [ "$(cat "$done" 2>/dev/null)" != "$shown" ]; then',
  `  printf %s ${quote(privateKey)} >"$key.boot" && mv -f "$key.boot" "$key" &&`,
  `    printf '%s\\n' "$shown" >"$key.pub" && chmod 644 "$key.pub" && printf '%s\\n' "$shown" >"$done"`,
  "  for each in /etc/ssh/ssh_host_*; do",
  '    case $each in "$key" | "$key.pub") ;; *) rm -f "$each" ;; esac',
  "  done",
  "  systemctl try-reload-or-restart ssh.service 2>/dev/null || systemctl try-reload-or-restart sshd.service 2>/dev/null ||",
  '    { [ -s /run/sshd.pid ] && kill -HUP "$(cat /run/sshd.pid)"; } || :',
  "fi"
]

/**
 * Whoever is let in, and the one host key that is shown; behind `loginScript`, which says who and where.
 *
 * @category scripts
 * @since 0.1.0
 */
export const installingScript = (login: string, authorizedKeys: ReadonlyArray<string>, hostKey: HostKeyPair): string =>
  [...letIn(login, authorizedKeys), ...showKey(hostKey), ""].join("\n")
