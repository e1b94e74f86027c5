import { core, doc, file, type Violation } from "./Violation.ts"

export const dependencyViolations: ReadonlyArray<Violation> = [
  {
    gate: "dependencies",
    what: "a cycle",
    files: {
      ...core("Egg", 'import { hen } from "./Hen.ts"\n', `${doc}export const egg = (): unknown => hen`),
      ...core("Hen", 'import { egg } from "./Egg.ts"\n', `${doc}export const hen = (): unknown => egg`)
    },
    says: /Egg\.ts.*no-cycles/
  },
  {
    gate: "dependencies",
    what: "a reach into another package's internals",
    files: file(
      "cli/src/reach.ts",
      'import { limit } from "../../packages/core/src/internal/limit.ts"\n',
      "export const reach = limit"
    ),
    says: /cli\/src\/reach\.ts.*internal-stays-in-its-package/,
    also: ["types", "unused"]
  },
  {
    gate: "dependencies",
    what: "a plugin that loads its SDK with itself",
    files: file(
      "plugins/local/src/Eager.ts",
      'import { parse } from "yaml"\n',
      `${doc}export const eager = (): unknown => parse("1")`
    ),
    says: /Eager\.ts.*a-plugin-loads-its-sdk-when-used/
  },
  {
    gate: "dependencies",
    what: "a plugin that knows more than core",
    files: file(
      "plugins/local/src/Nosy.ts",
      'import { far } from "@runctl/remote/Tunnel"\n',
      `${doc}export const nosy: number = far`
    ),
    says: /Nosy\.ts.*a-plugin-knows-only-core/,
    also: ["lint", "unused"]
  },
  {
    gate: "dependencies",
    what: "core that knows a platform",
    files: core(
      "Platform",
      'import { hostname } from "node:os"\n',
      `${doc}export const here = (): string => hostname()`
    ),
    says: /Platform\.ts.*only-cli-and-platform-node-use-node-builtins/,
    also: ["types", "lint"]
  },
  {
    gate: "dependencies",
    what: "a law that knows a platform, in the package whose machines may",
    files: file(
      "packages/testkit/src/Local.ts",
      'import { hostname } from "node:os"\n',
      `${doc}export const here = (): string => hostname()`
    ),
    says: /testkit\/src\/Local\.ts.*only-cli-and-platform-node-use-node-builtins/,
    also: ["lint", "unused"]
  },
  {
    gate: "dependencies",
    what: "an emulated cloud that knows a platform, beside the server which may",
    files: file(
      "packages/testkit/src/internal/cloud/Timed.ts",
      'import { hostname } from "node:os"\n',
      "export const here = (): string => hostname()"
    ),
    says: /internal\/cloud\/Timed\.ts.*only-cli-and-platform-node-use-node-builtins/,
    also: ["lint", "unused"]
  },
  {
    gate: "dependencies",
    what: "core that looks up",
    files: core("Upward", 'import { far } from "@runctl/remote/Tunnel"\n', `${doc}export const up: number = far`),
    says: /core\/src\/Upward\.ts.*core-knows-nobody/,
    also: ["unused"]
  },
  {
    gate: "dependencies",
    what: "a package that imports the cli",
    files: file(
      "packages/remote/src/Backwards.ts",
      'import { run } from "../../../cli/src/commands/hello.ts"\n',
      `${doc}export const back: unknown = run`
    ),
    says: /Backwards\.ts.*nobody-imports-the-cli/,
    also: ["types"]
  },
  {
    gate: "dependencies",
    what: "a file that is not looked at",
    files: file("packages/core/src/fixtures/Hidden.ts", `${doc}export const hidden = 1`),
    says: /fixtures\/Hidden\.ts was not looked at/
  }
]
