import { byExitCode, type Gate, tool } from "./Gate.ts"

export const lint: Gate = {
  name: "lint",
  holds: "local bans, floating promises, file length",
  run: (root) => byExitCode(tool("oxlint"), ["--type-aware", "--deny-warnings", "--format=unix"], root)
}

export const format: Gate = {
  name: "format",
  holds: "one form for all sources",
  run: (root) => byExitCode(tool("oxfmt"), ["--check"], root)
}

export const unused: Gate = {
  name: "unused",
  holds: "no unused file, export or dependency, none undeclared",
  run: (root) => byExitCode(tool("knip"), ["--no-progress", "--no-config-hints"], root)
}
