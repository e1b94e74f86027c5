// Writes each script.ts, a script for machines as a string: a bundle for any platform has no file to read it from.
// With --check it writes nothing, and fails when one is not up to date.
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { gunzipSync, gzipSync } from "node:zlib"

/** The scripts: where each lies, and what it is. */
const scripts = [
  { folder: "runner", file: "runner.sh", title: "The job runner", same: "runner" },
  { folder: "clocks", file: "clocks.sh", title: "The clocks of a machine", same: "clocks", isPacked: true }
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

/** The text of packed.ts for a script that travels in a machine's user data, which is small. */
const renderPacked = (
  { file },
  packed
) => `// Written from ${file}: change that, then run \`node packages/remote/scripts/generateRunner.mjs\`.

/**
 * The script as gzip makes it smaller, in base64.
 *
 * @category scripts
 * @since 0.1.0
 */
export const packed: string = \`
${packed.replace(/.{1,100}/g, "$&\n")}\`
`

/** Another zlib packs otherwise: what counts is what comes out. */
const unpack = (text) => {
  const [, packed = ""] = /`\n([A-Za-z0-9+/=\n]+)`/.exec(text) ?? []
  return packed === "" ? "" : gunzipSync(Buffer.from(packed, "base64")).toString()
}

for (const each of scripts) {
  const folder = new URL(`../src/${each.folder}/`, import.meta.url)
  const target = new URL("script.ts", folder)
  const script = readFileSync(new URL(each.file, folder), "utf8")
  const text = render(each, script)
  const packedFile = new URL("packed.ts", folder)
  const isOld = each.isPacked && (!existsSync(packedFile) || unpack(readFileSync(packedFile, "utf8")) !== script)
  if (!process.argv.includes("--check")) {
    writeFileSync(target, text)
    if (isOld) writeFileSync(packedFile, renderPacked(each, gzipSync(script, { level: 9 }).toString("base64")))
  } else if (isOld || readFileSync(target, "utf8") !== text) {
    process.stderr.write(
      `what is in ${each.folder} is older than ${each.file}: run node packages/remote/scripts/generateRunner.mjs\n`
    )
    process.exitCode = 1
  }
}
