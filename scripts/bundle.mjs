/** Bundles one program as the CLI is bundled: `node scripts/bundle.mjs ENTRY OUTFILE`. */
import { build } from "esbuild"
import { bundling } from "./bundling.mjs"

const [entry, outfile] = process.argv.slice(2)
await build({ ...bundling, entryPoints: [entry], outfile })
