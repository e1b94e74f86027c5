const m = await import(`../cloud/${process.argv[2]}.ts`)
const { lineOf } = await import("../Result.ts")
for (const r of await m[process.argv[2]!]()) console.log("skipped" in r ? r : lineOf(r, true))
