/**
 * How the dependencies of a project are installed on a machine.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type { Definition } from "./Dependencies.ts"
import { quote } from "./internal/quote.ts"

/**
 * How dependencies are installed.
 *
 * **Details**  `folder` is where, relative to the machine's home; it holds a file `ready` afterwards. `script` is `sh` for
 * the machine's home as working directory. `environment` is `sh` that lets the job find what was installed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Installation {
  readonly message: string
  readonly folder: string
  readonly script: string
  readonly environment: string
}

/**
 * How to install a definition into `folder` with the tools of a machine, or what the machine lacks.
 *
 * @category decisions
 * @since 0.1.0
 */
export const plan = (
  definition: Definition,
  place: { readonly folder: string; readonly project: string },
  tools: ReadonlySet<string>
): Result.Result<Installation, string> =>
  definition._tag === "Python" ? installPython(definition, place, tools) : installNode(definition, place, tools)

const installPython = (
  definition: Extract<Definition, { readonly _tag: "Python" }>,
  { folder, project }: { readonly folder: string; readonly project: string },
  tools: ReadonlySet<string>
): Result.Result<Installation, string> => {
  const hasUv = tools.has("uv")
  if (!hasUv && !tools.has("python3")) {
    return Result.fail(`${definition.from} asks for Python packages, and the machine has neither uv nor python3`)
  }
  const what =
    definition.file === undefined
      ? `-r "$d/requirements.txt"`
      : definition.file === "."
        ? "-e ."
        : `-r ${quote(definition.file)}`
  const site = definition.isIsolated ? "" : " --system-site-packages"
  const version = definition.python === undefined ? "" : ` --python ${quote(definition.python)}`
  const lines = [
    ...(definition.file === undefined
      ? [`printf '%s\\n' ${definition.packages.map(quote).join(" ")} >"$d/requirements.txt"`]
      : []),
    `cd ${quote(project)}`,
    ...(hasUv
      ? [`uv venv --quiet${site}${version} "$d/venv"`, `VIRTUAL_ENV="$d/venv" uv pip install ${what}`]
      : [
          `python3 -m venv${site} "$d/venv"`,
          `"$d/venv/bin/python3" -m pip install --disable-pip-version-check --no-input ${what}`
        ])
  ]
  return Result.succeed({
    message: `installing what ${definition.from} asks for with ${hasUv ? "uv" : "pip"}`,
    folder,
    script: installScript(folder, lines),
    environment: `export VIRTUAL_ENV="$RUNCTL_MACHINE_DIR/${folder}/venv" PATH="$RUNCTL_MACHINE_DIR/${folder}/venv/bin:$PATH"\n`
  })
}

const installNode = (
  definition: Extract<Definition, { readonly _tag: "Node" }>,
  { folder, project }: { readonly folder: string; readonly project: string },
  tools: ReadonlySet<string>
): Result.Result<Installation, string> => {
  if (!tools.has("npm")) return Result.fail(`${definition.from} asks for packages, and the machine has no npm`)
  const install = `npm ${definition.lock === undefined ? "install" : "ci"} --omit=dev --no-audit --no-fund --loglevel=error`
  const inProject = [`cd ${quote(project)}`, install, `ln -sfn "$PWD/node_modules" "$d/node_modules"`]
  const apart = [
    `for f in package.json ${definition.lock ?? ""} .npmrc; do [ ! -e ${quote(project)}/"$f" ] || cp ${quote(project)}/"$f" "$d/"; done`,
    `cd "$d"`,
    install,
    "mkdir -p node_modules"
  ]
  return Result.succeed({
    message: `installing what ${definition.from} asks for with npm`,
    folder,
    script: installScript(folder, definition.isLocal ? inProject : apart),
    environment:
      `export PATH="$RUNCTL_MACHINE_DIR/${folder}/node_modules/.bin:$PATH"\n` +
      (definition.isLocal
        ? ""
        : `{ [ -d "$RUNCTL_MACHINE_DIR/${project}/node_modules" ] && [ ! -L "$RUNCTL_MACHINE_DIR/${project}/node_modules" ]; } || ln -sfn "$RUNCTL_MACHINE_DIR/${folder}/node_modules" "$RUNCTL_MACHINE_DIR/${project}/node_modules"\n`)
  })
}

/** One installation at a time in a folder, begun afresh until one has come to its end. */
const installScript = (folder: string, lines: ReadonlyArray<string>): string => `d=$RUNCTL_MACHINE_DIR/${folder}
mkdir -p "\${d%/*}" || exit
until mkdir "$d.lock" 2>/dev/null; do
  p=
  { read -r p <"$d.lock/pid"; } 2>/dev/null
  if [ -n "$p" ] && ! kill -0 "$p" 2>/dev/null; then rm -rf "$d.lock"; else sleep 1; fi
done
echo $$ >"$d.lock/pid"
trap 'rm -rf "$d.lock"' EXIT
trap 'exit 130' HUP INT TERM
[ ! -e "$d/ready" ] || exit 0
rm -rf "$d" && mkdir -p "$d" || exit
set -e
${lines.join("\n")}
: >"$d/ready"
`
