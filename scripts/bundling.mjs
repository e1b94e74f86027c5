/** How programs of the workspace become one file that needs nothing but Node. */

/** What CommonJS inside the bundle (oclif and what it uses) expects to find. */
const banner = [
  'import { createRequire as __createRequire } from "node:module"',
  "const require = __createRequire(import.meta.url)",
  "const __filename = import.meta.filename",
  "const __dirname = import.meta.dirname"
].join(";")

/** ssh2 looks for compiled parts and does without: those of the computer that builds must not come along. */
const withoutCompiledParts = {
  name: "without-compiled-parts",
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /\.node$|^cpu-features$/ }, ({ path }) => ({ path, namespace: "left-out" }))
    onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: 'throw new Error("not compiled")' }))
  }
}

export const bundling = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minify: true,
  keepNames: true,
  conditions: ["source"],
  legalComments: "none",
  plugins: [withoutCompiledParts],
  banner: { js: banner },
  logLevel: "warning"
}
