// One file with everything in it: the plugin brings its own Effect, and whoever installs it installs nothing else.
import { build } from "esbuild"

await build({
  entryPoints: ["src/plugin.ts"],
  outfile: "dist/index.js",
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  keepNames: true,
  legalComments: "none",
  logLevel: "warning"
})
