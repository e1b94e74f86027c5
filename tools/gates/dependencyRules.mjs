/**
 * The dependency rule: arrows point inward, a plugin knows only core, only the cli and platform-node know a platform.
 * The testkit's machines over SSH and emulated clouds are programs of their own for tests: those files use Node's builtins.
 * `knows` is the whole table; a package that is not in it is an error.
 */
export const knows = {
  core: [],
  remote: ["core"],
  runtime: ["core", "remote"],
  prices: ["core"],
  testkit: ["core", "remote"],
  "platform-node": ["core", "remote", "runtime"],
  // A program that writes files: it knows Node, and nothing of ours.
  "create-runctl-provider": []
}

const modules = "(^|/)node_modules/"
const ours = "^(packages/[^/]+|plugins/[^/]+|cli)/src/"
const internal = "^(packages|plugins)/[^/]+/src/internal/"
const effect = `${modules}effect/`
const ofNode = [
  "^packages/platform-node/src",
  "^packages/create-runctl-provider/src",
  "^packages/testkit/src/(Emulator|FaultProxy|OpenApi|SshMachine|internal/(emulator|proxy|ssh)/)"
]
const platforms = `${modules}(@effect/platform-[^/]+|@oclif/)`

const layer = ([name, below]) => ({
  name: `${name}-knows-${below.length === 0 ? "nobody" : below.join("-and-")}`,
  severity: "error",
  from: { path: `^packages/${name}/src` },
  to: { path: ours, pathNot: [name, ...below].map((each) => `^packages/${each}/src`) }
})

export default {
  forbidden: [
    ...Object.entries(knows).map(layer),
    {
      name: "core-imports-only-effect",
      severity: "error",
      from: { path: "^packages/core/src" },
      to: { pathNot: [ours, effect] }
    },
    {
      name: "a-plugin-knows-only-core",
      severity: "error",
      from: { path: "^plugins/([^/]+)/src" },
      to: { path: ours, pathNot: ["^packages/core/src", "^plugins/$1/src"] }
    },
    {
      name: "a-plugin-loads-its-sdk-when-used",
      severity: "error",
      from: { path: "^plugins/[^/]+/src" },
      to: { path: modules, pathNot: effect, dynamic: false, dependencyTypesNot: ["type-only"] }
    },
    {
      name: "only-cli-and-platform-node-know-a-platform",
      severity: "error",
      from: { path: "^(packages|plugins)/[^/]+/src", pathNot: "^packages/platform-node/src" },
      to: { path: platforms }
    },
    {
      name: "only-cli-and-platform-node-use-node-builtins",
      severity: "error",
      from: { path: "^(packages|plugins)/[^/]+/src", pathNot: ofNode },
      to: { dependencyTypes: ["core"] }
    },
    { name: "nobody-imports-the-cli", severity: "error", from: { pathNot: "^cli/" }, to: { path: "^cli/" } },
    {
      name: "sources-know-no-tests-or-tools",
      severity: "error",
      from: { path: "^(packages/[^/]+|plugins/[^/]+|cli)/src" },
      to: { path: ["/test/", "^(test|tools|bench|examples|docs|scripts)/"], pathNot: modules }
    },
    ...["packages", "plugins"].map((group) => ({
      name: "internal-stays-in-its-package",
      severity: "error",
      from: { path: `^${group}/([^/]+)/` },
      to: { path: internal, pathNot: `^${group}/$1/` }
    })),
    { name: "internal-stays-in-its-package", severity: "error", from: { path: "^cli/" }, to: { path: internal } },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "every-import-resolves", severity: "error", from: {}, to: { couldNotResolve: true } }
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["^(packages/|plugins/)?[^/]+/dist/", "^(packages|plugins|cli)/.*/fixtures/"] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["source", "import", "node", "default"],
      extensions: [".ts", ".js", ".mjs", ".json"]
    }
  }
}
