/**
 * Which files of a project stay behind.
 *
 * @since 0.1.0
 */
import ignore from "ignore"

/**
 * The name of our own list, with the syntax of `.gitignore`; it is asked before every `.gitignore`.
 *
 * @category constants
 * @since 0.1.0
 */
export const ownFile = ".runctlignore"

/** Version control, whatever any list says. */
const never = new Set([".git", ".hg", ".svn", ".jj"])

/** What is rebuilt on the machine, or of no use there. A line like `!node_modules/` in `.runctlignore` brings it along. */
const rebuilt = [
  "node_modules/",
  ".venv/",
  "__pycache__/",
  "*.pyc",
  ".ipynb_checkpoints/",
  ".pytest_cache/",
  ".mypy_cache/",
  ".ruff_cache/",
  ".tox/",
  ".nox/",
  ".turbo/",
  ".DS_Store",
  "Thumbs.db"
]

interface List {
  /** The list's folder: relative to the project, or how the project is reached from it. */
  readonly inside: (path: string) => string
  readonly patterns: ignore.Ignore
}

/**
 * The lists that hold in one folder, nearest first.
 *
 * @category models
 * @since 0.1.0
 */
export interface IgnoreRules {
  readonly own: ReadonlyArray<List>
  readonly git: ReadonlyArray<List>
  readonly rebuilt: ReadonlyArray<List>
}

const patternsOf = (content: string): ignore.Ignore => ignore({ ignorecase: false }).add(content)

const byDefault: List = { inside: (path) => path, patterns: patternsOf(rebuilt.join("\n")) }

/** Only what stays behind by default. @category constructors @since 0.1.0 */
export const empty: IgnoreRules = { own: [], git: [], rebuilt: [byDefault] }

/**
 * Adds the lists of a folder; `folder` is relative to the project, `""` for the project itself.
 *
 * @category combinators
 * @since 0.1.0
 */
export const enter = (
  rules: IgnoreRules,
  folder: string,
  lists: { readonly own: string | undefined; readonly git: string | undefined }
): IgnoreRules => {
  const inside = (path: string): string => (folder === "" ? path : path.slice(folder.length + 1))
  const added = (content: string | undefined): ReadonlyArray<List> =>
    content === undefined ? [] : [{ inside, patterns: patternsOf(content) }]
  const above = folder === "" ? rules : below(rules, folder)
  return { ...above, own: [...added(lists.own), ...above.own], git: [...added(lists.git), ...above.git] }
}

/**
 * A list that ignores a folder another list asked for: in there it speaks of names only, for by its own lights everything
 * in the folder is ignored.
 */
const below = (rules: IgnoreRules, folder: string): IgnoreRules => {
  const rebased = (list: List): List =>
    list.patterns.ignores(list.inside(`${folder}/`))
      ? { ...list, inside: (path) => path.slice(folder.length + 1) }
      : list
  return { own: rules.own.map(rebased), git: rules.git.map(rebased), rebuilt: rules.rebuilt.map(rebased) }
}

/**
 * The `.gitignore` of a folder above the project, which is `below` that folder. Without effect when it ignores the
 * project as a whole: whoever names a folder means it.
 *
 * @category combinators
 * @since 0.1.0
 */
export const fromAbove = (rules: IgnoreRules, below: string, git: string): IgnoreRules => {
  const patterns = patternsOf(git)
  if (patterns.ignores(`${below}/`)) return rules
  return { ...rules, git: [...rules.git, { inside: (path) => `${below}/${path}`, patterns }] }
}

/**
 * Whether an entry stays behind: the nearest list that knows it decides, ours before git's, git's before the defaults.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isIgnored = (rules: IgnoreRules, path: string, isFolder: boolean): boolean => {
  if (never.has(path.slice(path.lastIndexOf("/") + 1))) return true
  const name = isFolder ? `${path}/` : path
  for (const list of [...rules.own, ...rules.git, ...rules.rebuilt]) {
    const verdict = list.patterns.test(list.inside(name))
    if (verdict.ignored) return true
    if (verdict.unignored) return false
  }
  return false
}

/** Whether our own list asks for an entry by name. @category predicates @since 0.1.0 */
export const isAskedFor = (rules: IgnoreRules, path: string): boolean =>
  rules.own.some((list) => list.patterns.test(list.inside(`${path}/`)).unignored)
