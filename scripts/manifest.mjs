// Writes oclif.manifest.json from the built commands, so that starting the CLI loads none of them.
import { Plugin } from "@oclif/core/config"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export const writeManifest = async (root) => {
  const pjson = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const plugin = new Plugin({
    root,
    pjson,
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true
  })
  await plugin.load()
  writeFileSync(join(root, "oclif.manifest.json"), `${JSON.stringify(plugin.manifest)}\n`)
}
