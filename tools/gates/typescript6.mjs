/**
 * dependency-cruiser needs the JavaScript API of TypeScript 6. Hoisted, it would find TypeScript 7, which has none, and
 * would then report no violation in no module. Preloaded with `--import`, this gives it the TypeScript of this workspace.
 */
import { createRequire, registerHooks } from "node:module"
import { pathToFileURL } from "node:url"

const own = createRequire(import.meta.url)
const wanted = ["typescript", "typescript/package.json"]
const urls = new Map(wanted.map((specifier) => [specifier, pathToFileURL(own.resolve(specifier)).href]))

registerHooks({
  resolve: (specifier, context, next) => {
    const url = urls.get(specifier)
    return url === undefined ? next(specifier, context) : { url, shortCircuit: true }
  }
})
