/**
 * What a container does at every start, carried in two parts: a short script, and what it needs in its environment.
 *
 * @since 0.1.0
 */
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import * as Base64 from "effect/encoding/Base64"

/**
 * How long what a machine does at boot may be here. The API's own script takes less than a third of what is needed, so
 * it is put together on the machine from its environment, for which no limit is documented; Linux has one of 128 KiB for
 * each variable.
 *
 * **Units**  bytes
 *
 * @category constants
 * @since 0.1.0
 */
export const mostBytes = 49_152

/**
 * How long the API's own script may be; other pages of the same documentation allow four times as much.
 *
 * **Units**  characters
 *
 * @source https://docs.vast.ai/api-reference (description of 2026-08-07)
 * @category constants
 * @since 0.1.0
 */
export const mostScript = 4048

/** No variable is longer than the script may be. */
const portion = 4000

/** Where an instance's own id and key lie on it, in two lines that root alone may read. @category constants @since 0.1.0 */
export const keyFile = ".runctl-vastai"

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const portionsOf = (text: string): ReadonlyArray<string> =>
  Array.from({ length: Math.ceil(text.length / portion) }, (_, index) =>
    text.slice(index * portion, (index + 1) * portion)
  )

const letIn = (key: string): ReadonlyArray<string> => [
  `key=${quote(key)}`,
  'grep -qxF "$key" .ssh/authorized_keys || printf \'%s\\n\' "$key" >>.ssh/authorized_keys'
]

/** Whole or not at all: half of it would arm nothing, and show a host key that nobody knows. */
const putTogether = (names: ReadonlyArray<string>, length: number): ReadonlyArray<string> => [
  `boot=${names.map((name) => `\${${name}:-}`).join("")}`,
  `unset ${names.join(" ")}`,
  `if [ \${#boot} -eq ${length} ]; then`,
  '  printf %s "$boot" | base64 -d >.runctl-boot && sh .runctl-boot',
  "  rm -f .runctl-boot",
  "else",
  `  echo "runctl: \${#boot} of ${length} characters of what it is to do came with it" >&2`,
  "fi"
]

/** What a create carries. @category models @since 0.1.0 */
export interface Carried {
  readonly onstart: string
  readonly env: Readonly<Record<string, string>>
}

/**
 * The script and the environment for what a machine is to do at boot.
 *
 * **Details**  the script is run at every start. A login of its own keeps no terminal multiplexer (`.no_auto_tmux`), which
 * would take the place of whatever is to be run. The container's own id and key are kept for what ends the machine: who
 * logs in does not see them in the environment.
 *
 * @category constructors
 * @since 0.1.0
 */
export const carry = ({ authorizedKey, bootstrap }: Pick<CreateRequest, "authorizedKey" | "bootstrap">): Carried => {
  const packed = bootstrap.format === "none" ? "" : Base64.encode(bootstrap.content)
  const portions = portionsOf(packed)
  const env = Object.fromEntries(portions.map((text, index) => [`RUNCTL_BOOT_${index}`, text]))
  const onstart = [
    "export HOME=${HOME:-/root}",
    'cd "$HOME" && umask 077 && mkdir -p .ssh && touch .no_auto_tmux .ssh/authorized_keys',
    ...(authorizedKey === undefined ? [] : letIn(authorizedKey)),
    `[ -z "\${CONTAINER_API_KEY:-}" ] || printf '%s\\n' "\${CONTAINER_ID:-}" "$CONTAINER_API_KEY" >${keyFile}`,
    ...(portions.length === 0 ? [] : putTogether(Object.keys(env), packed.length)),
    ""
  ].join("\n")
  return { onstart, env }
}
