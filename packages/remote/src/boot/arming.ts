/**
 * The `sh` with which a machine arms its own clocks at boot.
 *
 * @since 0.1.0
 */
import type { Clocks } from "@runctl/core/MachineClocks"
import { packed } from "../clocks/packed.ts"
import { digest, script } from "../clocks/script.ts"
import { quote } from "../internal/quote.ts"
import * as Layout from "../Layout.ts"

/**
 * The clocks that a machine arms by itself.
 *
 * **Details**  `endAction` is `sh` and may hold a secret: it is in the user data, and nowhere else.
 * **Units**  leftSeconds: how long it was to the deadline when the machine was asked for · orphanSeconds: how long it
 * waits for its first contact, from boot
 *
 * @category models
 * @since 0.1.0
 */
export interface BootClocks extends Clocks {
  readonly leftSeconds: number
  readonly orphanSeconds: number
  readonly endAction: string
}

/**
 * Early at boot there may be no PATH to speak of. The user is there before the module that would make it.
 *
 * @category scripts
 * @since 0.1.0
 */
export const loginScript = (login: string): string =>
  [
    "PATH=${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "export PATH",
    `user=${login}`,
    'id "$user" >/dev/null 2>&1 ||',
    '  useradd -m -U -s "$(command -v bash || echo /bin/sh)" "$user" 2>/dev/null ||',
    '  adduser -D "$user"',
    'home=$(eval "echo ~$user")'
  ].join("\n")

/** A delimiter that no line of base64 or of the script is. */
const end = "RUNCTL_CLOCKS_END"

/** Whole or not at all, under the name that a client looks for; packed where that is shorter. */
const installation = (): string => {
  const [read, text] =
    packed.length < script.length ? [`base64 -d <<'${end}' | gzip -dc`, packed.trim()] : [`cat <<'${end}'`, script]
  return [
    'if [ ! -s "$clocks" ]; then',
    `  ${read} >"$clocks.boot" && chmod 700 "$clocks.boot" && mv -f "$clocks.boot" "$clocks"`,
    text,
    end,
    "fi"
  ].join("\n")
}

/**
 * What the login itself does: the clocks are its own, so that it can ask them later.
 *
 * The machine's wall clock may be wrong so early. It is believed where it says that less is left than when the machine
 * was asked for, which it says rightly on a machine that came late; but never that less is left than the orphan timer
 * waits. So a clock that is wrong ends nothing early: whoever makes contact before that tells the seconds that are really
 * left, and a machine that nobody contacts ends by its orphan timer. And a clock that is behind lets nothing live longer
 * than the time between request and boot beyond the deadline, and without a contact not longer than the orphan timer.
 */
const armed = (clocks: BootClocks): string => {
  const { deadlineEpochSeconds, endAction, graceSeconds, holdSeconds, leftSeconds, orphanSeconds } = clocks
  const hold = holdSeconds === undefined ? "" : ` --hold ${holdSeconds}`
  return [
    "umask 077",
    'cd "$RUNCTL_MACHINE_DIR" && mkdir -p .runctl || exit 1',
    `clocks=$PWD/${Layout.clocks(digest)}`,
    installation(),
    `left=$((${deadlineEpochSeconds} - $(date +%s)))`,
    `[ "$left" -ge ${orphanSeconds} ] || left=${orphanSeconds}`,
    `[ "$left" -le ${leftSeconds} ] || left=${leftSeconds}`,
    // Over standard input: nobody sees it among the processes.
    `printf '%s\\n' ${quote(endAction)} | sh "$clocks" arm --deadline ${deadlineEpochSeconds} --left "$left" \\`,
    `  --grace ${graceSeconds}${hold} --orphan ${orphanSeconds} --end-action -`
  ].join("\n")
}

/** The delimiter of what the login does: no end action has it. @category constants @since 0.1.0 */
export const reserved = "RUNCTL_LOGIN_END"

/** Arms the clocks of a login, once however often it runs. @category scripts @since 0.1.0 */
export const armingScript = (user: string, clocks: BootClocks): string =>
  [
    loginScript(user),
    "as_user() {",
    '  if [ "$user" = root ]; then "$@"',
    '  elif command -v runuser >/dev/null 2>&1; then runuser -u "$user" -- "$@"',
    '  else su -s /bin/sh "$user"',
    "  fi",
    "}",
    // What it is told may be secret: over standard input as well.
    `HOME=$home RUNCTL_MACHINE_DIR=$home as_user /bin/sh <<'${reserved}' || echo 'runctl: the clocks are not armed' >&2`,
    armed(clocks),
    reserved
  ].join("\n")
