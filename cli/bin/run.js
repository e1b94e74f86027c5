#!/usr/bin/env node
// Plain words that the oldest Node understands: nothing newer may stand above the check.
var needed = 24
if (Number(process.versions.node.split(".")[0]) < needed) {
  process.exitCode = 3
  var message = "runctl needs Node " + needed + " or newer; this is Node " + process.versions.node + "."
  var advice =
    "Install a newer one from https://nodejs.org, or run it through npx: npx -p node@" + needed + " -p runctl runctl"
  if (process.argv.indexOf("--json") === -1) process.stderr.write("Error: " + message + "\n  Try: " + advice + "\n")
  else
    process.stdout.write(
      JSON.stringify({ error: { code: "RUNCTL_E_NODE_TOO_OLD", message: message, advice: advice } }) + "\n"
    )
} else if (process.argv.length === 3 && process.argv[2] === "--version") {
  // What oclif would say; loading anything would take longer than saying it.
  var fs = process.getBuiltinModule("node:fs")
  var url = new URL("../package.json", import.meta.url)
  var version = JSON.parse(fs.readFileSync(url, "utf8")).version
  process.stdout.write(
    "runctl/" + version + " " + process.platform + "-" + process.arch + " node-" + process.version + "\n"
  )
} else {
  var flags = []
  // Copies make much that is garbage at once: where little may gather, and buffers are given back at once, it is collected
  // cheaply and takes little room.
  if (["upload", "download", "sync"].indexOf(process.argv[2]) !== -1) {
    flags = ["--semi-space-growth-factor=1", "--no-concurrent-array-buffer-sweeping"]
  }
  // A sweep looks at all there ever was, and runs unasked: it may take longer, and never much room. Compiled code would
  // take more of it than what the sweep has to remember.
  if (process.argv[2] === "sweep") {
    flags = ["--semi-space-growth-factor=1", "--optimize-for-size", "--no-sparkplug", "--no-maglev", "--no-turbofan"]
  }
  flags.forEach(function (flag) {
    process.getBuiltinModule("node:v8").setFlagsFromString(flag)
  })
  process.getBuiltinModule("node:module").enableCompileCache()
  import("../dist/fast.js")
    .then(function (fast) {
      return fast.answer(process.argv.slice(2))
    })
    .then(function (isAnswered) {
      return isAnswered ? undefined : import("../dist/main.js")
    })
    .catch(function (error) {
      process.exitCode = 1
      var isBuilt = process.getBuiltinModule("node:fs").existsSync(new URL("../dist/main.js", import.meta.url))
      process.stderr.write(
        isBuilt ? String(error && error.stack) + "\n" : "runctl is not built yet: run `npm start` once\n"
      )
    })
}
