/**
 * Makes a folder that any web server can serve: `node build.mjs FOLDER`.
 *
 * The library and its data are files of their own, so that a page can show itself before the data are there.
 */
import { copyFile, mkdir } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const here = fileURLToPath(new URL(".", import.meta.url))

export const buildPage = async (folder) => {
  await mkdir(folder, { recursive: true })
  await build({
    entryPoints: [join(here, "page.mjs")],
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    // Whoever works in runctl's own repository gets what stands there now.
    conditions: ["source"],
    logLevel: "warning"
  })
  for (const name of ["index.html", "style.css"]) await copyFile(join(here, name), join(folder, name))
}

if (import.meta.main) await buildPage(process.argv[2] ?? join(here, "public"))
