// Writes each script.ts, a script for machines as a string: a bundle for any platform has no file to read it from.
// With --check it writes nothing, and fails when one is not up to date.
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"

/** The scripts: where each lies, and what it is. */
const scripts = [
  { folder: "runner", file: "runner.sh", title: "The job runner", same: "runner" },
  { folder: "clocks", file: "clocks.sh", title: "The clocks of a machine", same: "clocks" }
]

/** The text of script.ts for a script. */
const render = ({ file, title, same }, script) => {
  const digest = createHash("sha256").update(script).digest("hex").slice(0, 16)
  const escaped = script.replace(/[\\`]|\$\{/g, "\\$&")
  return `// Written from ${file}: change that, then run \`node packages/remote/scripts/generateRunner.mjs\`.

/**
 * ${title}, a POSIX \`sh\` program: its protocol is the comment at its head.
 *
 * @category scripts
 * @since 0.1.0
 */
export const script: string = \`${escaped}\`

/**
 * The first 16 hex digits of the script's SHA-256: two machines with the same digest run the same ${same}.
 *
 * @category scripts
 * @since 0.1.0
 */
export const digest: string = "${digest}"
`
}

for (const each of scripts) {
  const folder = new URL(`../src/${each.folder}/`, import.meta.url)
  const target = new URL("script.ts", folder)
  const text = render(each, readFileSync(new URL(each.file, folder), "utf8"))
  if (!process.argv.includes("--check")) writeFileSync(target, text)
  else if (readFileSync(target, "utf8") !== text) {
    process.stderr.write(
      `${each.folder}/script.ts is older than ${each.file}: run node packages/remote/scripts/generateRunner.mjs\n`
    )
    process.exitCode = 1
  }
}
