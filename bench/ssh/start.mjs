/** Starts our process as cli/bin/run.js starts a copy. */
import { setFlagsFromString } from "node:v8"

setFlagsFromString("--semi-space-growth-factor=1")
setFlagsFromString("--no-concurrent-array-buffer-sweeping")
await import(process.argv[2])
