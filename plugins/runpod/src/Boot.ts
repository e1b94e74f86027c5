/**
 * What a pod's container does when it begins: RunPod carries no user data, but a container has a command and an
 * environment.
 *
 * @since 0.1.0
 */
import type { Bootstrap } from "@runctl/core/TrainingProvider"
import * as Base64 from "effect/encoding/Base64"

/** Where a volume is in the container. @category constants @since 0.1.0 */
export const volumePath = "/workspace"

/**
 * How long what a machine does at boot may be: in base64, and with all else that is asked for, it stays below what
 * a request may be.
 *
 * **Units**  bytes
 *
 * @source https://docs.runpod.io/api-reference-v2/pods/create-a-pod (102,400 bytes, read 2026-11-27)
 * @category constants
 * @since 0.1.0
 */
export const mostScript = 65_536

/**
 * The container's command, a POSIX `sh` program: root is at home on the volume if there is one, since a stop wipes
 * everything else; sshd is there, as the image has it or installed now; what the runtime wants done at boot is done,
 * on every start; then sshd starts, and sessions have the image's own PATH.
 *
 * **Details**  it never ends by itself: a container whose command ends is started again, for ever. It waits for what
 * is orphaned in the container, as its first process has to.
 *
 * @category scripts
 * @since 0.1.0
 */
export const command = `boot=$RUNCTL_BOOTSTRAP volume=\${RUNCTL_VOLUME:-}
unset RUNCTL_BOOTSTRAP RUNCTL_VOLUME
trap 'exit 0' TERM INT
path=$PATH
export PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
say() { echo "runctl: $*" >&2; }

if [ -n "$volume" ] && mkdir -p "$volume/.runctl-root"; then
  kept=$volume/.runctl-root
  chmod 700 "$kept"
  for each in .bashrc .profile; do
    [ ! -f "/root/$each" ] || [ -e "$kept/$each" ] || cp "/root/$each" "$kept/$each"
  done
  sed "s#^\\(root:[^:]*:[^:]*:[^:]*:[^:]*\\):[^:]*:#\\1:$kept:#" /etc/passwd >/etc/passwd.runctl &&
    cat /etc/passwd.runctl >/etc/passwd
  rm -f /etc/passwd.runctl
  export HOME="$kept"
fi

if ! command -v sshd >/dev/null 2>&1 || ! command -v curl >/dev/null 2>&1; then
  say 'installing sshd'
  if command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends openssh-server curl ca-certificates
  elif command -v dnf >/dev/null 2>&1; then dnf install -y -q openssh-server curl
  elif command -v apk >/dev/null 2>&1; then apk add -q openssh curl
  fi >/dev/null || say 'it could not be installed'
fi

mkdir -p /run/sshd /etc/ssh /var/lib
if [ -n "\${kept:-}" ]; then
  if [ ! -d "$kept/ssh" ]; then cp -a /etc/ssh "$kept/ssh.part" && mv "$kept/ssh.part" "$kept/ssh"; fi
  if [ -d "$kept/ssh" ] && [ ! -L /etc/ssh ]; then
    rm -rf /etc/ssh.image && mv /etc/ssh /etc/ssh.image && ln -s "$kept/ssh" /etc/ssh
  fi
  ln -sf "$kept/host-key" /var/lib/runctl-host-key
fi

(
  umask 077
  printf %s "$boot" | base64 -d >/run/runctl-boot && sh /run/runctl-boot
  rm -f /run/runctl-boot
) || say 'what was to be done at boot was not done'
boot=''

if [ -d /etc/ssh/sshd_config.d ]; then
  echo "SetEnv PATH=$path\${LD_LIBRARY_PATH:+ LD_LIBRARY_PATH=$LD_LIBRARY_PATH}" >/etc/ssh/sshd_config.d/20-runctl.conf
fi
service ssh start >/dev/null 2>&1 || service sshd start >/dev/null 2>&1 || "$(command -v sshd)" ||
  say 'there is no sshd, and nobody can reach this pod'
while :; do
  sleep 3600 &
  wait $!
done`

/** What a container is told beside its image. @category models @since 0.1.0 */
export interface Told {
  readonly env: Readonly<Record<string, string>>
  readonly args?: string
  readonly startSsh?: true
}

/**
 * The part of a request that says what the container does. Without anything to do at boot the image does what it does,
 * and RunPod's own start sshd.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toldOf = (
  bootstrap: Bootstrap,
  { authorizedKey, hasVolume }: { readonly authorizedKey: string | undefined; readonly hasVolume: boolean }
): Told => {
  const key = authorizedKey === undefined ? {} : { PUBLIC_KEY: authorizedKey.trim() }
  if (bootstrap.format === "none") return { env: key, startSsh: true }
  return {
    env: {
      ...key,
      RUNCTL_BOOTSTRAP: Base64.encode(bootstrap.content),
      ...(hasVolume ? { RUNCTL_VOLUME: volumePath } : {})
    },
    // In place of the image's own entry point, which may be anything.
    args: JSON.stringify({ entrypoint: ["/bin/sh", "-c"], cmd: [command] })
  }
}
