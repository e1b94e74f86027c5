/**
 * Looks at the configuration and the plugins it leads to, without loading any.
 */
import { existsSync } from "node:fs"
import { failureOf } from "../errors/Failure.ts"
import type { CheckView } from "../output/checks.ts"
import { allProviders } from "../providers/known.ts"
import { search } from "../providers/sources.ts"
import { count } from "../render/units.ts"
import { issueText, type Loaded, load, problemsHere, type Surroundings } from "../settings/load.ts"
import { projectFile, userFile } from "../settings/places.ts"

const configurationCheck = (around: Surroundings): CheckView => {
  const name = "configuration"
  try {
    const problems = problemsHere(around)
    const advice = "Mend the lines that are named."
    if (problems.length > 0) return { name, status: "fail", message: problems.map(issueText).join("\n"), advice }
    load(around)
  } catch (error) {
    const { advice, message } = failureOf(error)
    return { name, status: "fail", message, advice }
  }
  const files = [userFile(around.env), projectFile(around.cwd)].filter((file) => file !== undefined && existsSync(file))
  return { name, status: "ok", message: files.length === 0 ? "defaults only" : files.join("\n"), advice: null }
}

const trustChecks = ({ entries, project }: Loaded): ReadonlyArray<CheckView> =>
  project === undefined || entries.every(({ trusted }) => trusted)
    ? []
    : [
        {
          name: "trust",
          status: "warn",
          message: `${project.file} asks for something that does not count until it is trusted`,
          advice: "Look at it with `runctl trust --dry-run`; if it is yours, say `runctl trust`."
        }
      ]

const pluginChecks = (loaded: Loaded, env: Surroundings["env"]): CheckView => {
  const { broken, providers } = allProviders(search(loaded, env), loaded, env)
  const refused = providers.flatMap((view) => (view.why === null ? [] : [`${view.name} (${view.origin}): ${view.why}`]))
  const problems = [...refused, ...broken.map(({ origin, why }) => `${origin}: ${why}`)]
  // Two of one name stop every command that needs a provider; one that cannot be used only itself.
  const names = providers.map(({ name }) => name)
  const isBlocked = new Set(names).size < names.length
  return problems.length === 0
    ? {
        name: "plugins",
        status: "ok",
        message: `${count(names.length, "provider")}: ${names.join(", ")}`,
        advice: null
      }
    : {
        name: "plugins",
        status: isBlocked ? "fail" : "warn",
        message: problems.join("\n"),
        advice: "`runctl plugins list` shows where each comes from; `runctl plugins uninstall NAME` removes one."
      }
}

/** Files and variables, what waits for trust, and the plugins. Plugins are found only by a configuration that is valid. */
export const checkConfiguration = (around: Surroundings): ReadonlyArray<CheckView> => {
  const configuration = configurationCheck(around)
  if (configuration.status === "fail") return [configuration]
  const loaded = load(around)
  return [configuration, ...trustChecks(loaded), pluginChecks(loaded, around.env)]
}
