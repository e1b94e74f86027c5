/* oxlint-disable no-restricted-imports, no-restricted-globals -- nothing that is shipped imports this tool */
// Writes script.ts, the job runner as a string: a bundle for any platform has no file to read it from.
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** The text of script.ts for a runner. */
export const render = (script) => {
  const digest = createHash("sha256").update(script).digest("hex").slice(0, 16)
  const escaped = script.replace(/[\\`]|\$\{/g, "\\$&")
  return `// Written by generate.mjs from runner.sh: change that, then run \`node generate.mjs\`.

/**
 * The job runner, a POSIX \`sh\` program: its protocol is the comment at its head.
 *
 * @category scripts
 * @since 0.1.0
 */
export const script: string = \`${escaped}\`

/**
 * The first 16 hex digits of the script's SHA-256: two machines with the same digest run the same runner.
 *
 * @category scripts
 * @since 0.1.0
 */
export const digest: string = "${digest}"
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const script = readFileSync(new URL("runner.sh", import.meta.url), "utf8")
  writeFileSync(new URL("script.ts", import.meta.url), render(script))
}
