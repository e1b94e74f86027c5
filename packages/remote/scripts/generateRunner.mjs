// Writes script.ts, the job runner as a string: a bundle for any platform has no file to read it from.
// With --check it writes nothing, and fails when script.ts is not up to date.
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"

/** The text of script.ts for a runner. */
const render = (script) => {
  const digest = createHash("sha256").update(script).digest("hex").slice(0, 16)
  const escaped = script.replace(/[\\`]|\$\{/g, "\\$&")
  return `// Written from runner.sh: change that, then run \`node packages/remote/scripts/generateRunner.mjs\`.

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

const folder = new URL("../src/runner/", import.meta.url)
const file = new URL("script.ts", folder)
const text = render(readFileSync(new URL("runner.sh", folder), "utf8"))

if (!process.argv.includes("--check")) writeFileSync(file, text)
else if (readFileSync(file, "utf8") !== text) {
  process.stderr.write("script.ts is older than runner.sh: run node packages/remote/scripts/generateRunner.mjs\n")
  process.exitCode = 1
}
