#!/usr/bin/env node
// Plain words that the oldest Node understands: nothing newer may stand above the check.
var needed = 24
if (Number(process.versions.node.split(".")[0]) < needed) {
  process.exitCode = 3
  process.stderr.write(
    "A plugin of runctl needs Node " + needed + " or newer; this is Node " + process.versions.node + ".\n"
  )
} else {
  import("../dist/internal/program.js")
    .then(function (program) {
      return program.main(process.argv.slice(2))
    })
    .catch(function (error) {
      process.exitCode = 1
      process.stderr.write(String(error && error.stack) + "\n")
    })
}
