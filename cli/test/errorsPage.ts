import { explanations } from "../src/errors/codes.ts"
import { type Exit, exits, type Explanation } from "../src/errors/Explanation.ts"

const titles: Readonly<Record<Exit, string>> = {
  done: "done",
  bug: "a bug in runctl",
  usage: "the command line, or an id in it",
  configuration: "configuration, or something about this computer",
  credentials: "credentials",
  capacity: "capacity, quota or budget",
  provider: "the provider, the network or the machine",
  job: "the job failed",
  interrupted: "interrupted"
}

const entry = ([code, { advice, means }]: readonly [string, Explanation]): string =>
  `### ${code}\n\n${means}\n\n**Try:** ${advice}\n`

const section = ([exit, number]: readonly [string, number]): string => {
  const entries = Object.entries<Explanation>(explanations).filter(([, explanation]) => explanation.exit === exit)
  const title = Object.entries(titles).find(([name]) => name === exit)?.[1] ?? exit
  return entries.length === 0 ? "" : `## Exit code ${number}: ${title}\n\n${entries.map(entry).join("\n")}`
}

/** The page that explains every code: what docs/errors.md must be. */
export const errorsPage = (): string =>
  [
    "# Errors\n",
    "Every error says what happened, why, what to try, and one of the codes below. With `--json` the same stands in `error`.\n",
    "| exit code | meaning |\n| --- | --- |",
    ...Object.entries(exits).map(
      ([name, number]) => `| ${number} | ${Object.entries(titles).find(([each]) => each === name)?.[1] ?? name} |`
    ),
    "",
    ...Object.entries(exits)
      .map(section)
      .filter((text) => text !== "")
  ].join("\n")
