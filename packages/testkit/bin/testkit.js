#!/usr/bin/env node
// Plain words that the oldest Node understands: nothing newer may stand above the check.
var needed = 24
if (Number(process.versions.node.split(".")[0]) < needed) {
  process.exitCode = 3
  process.stderr.write("testkit needs Node " + needed + " or newer; this is Node " + process.versions.node + ".\n")
} else {
  import("../dist/internal/emulator/program.js")
    .then(function (program) {
      return program.main(process.argv.slice(2))
    })
    .catch(function (error) {
      process.exitCode = 1
      var path = new URL("../dist/internal/emulator/program.js", import.meta.url)
      var isBuilt = process.getBuiltinModule("node:fs").existsSync(path)
      process.stderr.write(
        isBuilt ? String(error && error.stack) + "\n" : "testkit is not built yet: run `npm start` once\n"
      )
    })
}
