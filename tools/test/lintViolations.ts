import { core, doc, file, type Violation } from "./Violation.ts"

const rule = (what: string, name: string, ...lines: ReadonlyArray<string>): Violation => ({
  gate: "lint",
  what,
  files: core(name, ...lines),
  says: new RegExp(`src/${name}\\.ts:.*`)
})

const lintSays = (violation: Violation, named: string): Violation => ({
  ...violation,
  says: new RegExp(`${Object.keys(violation.files)[0]}:.*\\(${named}\\)`)
})

export const lintViolations: ReadonlyArray<Violation> = [
  lintSays(
    rule("a clock of its own", "Clock", `${doc}export const now = (): number => Date.now()`),
    "no-restricted-globals"
  ),
  lintSays(
    rule("a clock behind globalThis", "Hidden", `${doc}export const now = (): number => globalThis.Date.now()`),
    "no-restricted-globals"
  ),
  lintSays(
    rule("randomness of its own", "Dice", `${doc}export const roll = (): number => Math.random()`),
    "no-restricted-properties"
  ),
  lintSays(
    rule("a barrel", "Barrel", 'import { Effect } from "effect"\n', `${doc}export const none = Effect.void`),
    "no-restricted-imports"
  ),
  lintSays(
    rule("any", "Anything", `${doc}export const anything = (value: any): boolean => value === 1`),
    "no-explicit-any"
  ),
  lintSays(
    rule("a cast", "Cast", `${doc}export const cast = (value: unknown): string => value as string`),
    "consistent-type-assertions"
  ),
  lintSays(
    rule("a non-null assertion", "Bang", `${doc}export const bang = (value?: string): number => value!.length`),
    "no-non-null-assertion"
  ),
  lintSays(
    rule(
      "a rule turned off without a reason",
      "Silent",
      "// oxlint-disable-next-line no-console",
      `${doc}export const five = 5`
    ),
    "reasoned-disable"
  ),
  lintSays(
    rule(
      "instanceof on a class that may exist twice",
      "Twin",
      'import { Port } from "./Port.ts"\n',
      `${doc}export const isPort = (value: unknown): boolean => value instanceof Port`
    ),
    "no-imported-instanceof"
  ),
  lintSays(
    rule(
      "251 lines",
      "Long",
      ...Array.from({ length: 251 }, (_, index) => `${doc}export const line${index} = ${index}\n`)
    ),
    "max-lines"
  ),
  {
    gate: "lint",
    what: "a floating promise in a test",
    files: file(
      "packages/core/test/Floating.test.ts",
      'import { it } from "@effect/vitest"\n',
      'it("forgets", () => {',
      "  Promise.resolve(1)",
      "})"
    ),
    says: /Floating\.test\.ts:.*no-floating-promises/
  }
]
