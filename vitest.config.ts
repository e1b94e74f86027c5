import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { LeftOutReporter } from "./tools/vitest/LeftOutReporter.ts"

const heavy = process.env["RUNCTL_HEAVY"] === "1"
const tests = "{packages/*,plugins/*,cli,examples,tools,test,docs,bench}/**/*.test.ts"
const heavyTests = "**/*.heavy.test.ts"
/** These measure, or are measured by what else the computer does: one at a time. */
const loneTests = "{test/faults,packages/runtime/test,packages/remote/test}/**/*.heavy.test.ts"
const liveTests = "**/*.live.test.ts"
const nowhere = ["**/node_modules/**", "**/dist/**", "**/fixtures/**"]
/** What is begun from the example is held to these by the tests of packages, built and installed as anybody's. */
const begun = "examples/runctl-plugin-*/**/*.heavy.test.ts"
const never = [...nowhere, begun, liveTests]
/** These rent real machines; `npm run test:live` says at what price. */
const live = (process.env["RUNCTL_LIVE"] ?? "") !== ""

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    reporters: ["default", new LeftOutReporter(heavy ? [] : [heavyTests])],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [tests],
          exclude: [...never, heavyTests],
          // Effect is read once per worker, not once per file: a file must not change what its neighbours import.
          isolate: false,
          // Most tests wait for processes and clocks more than they compute.
          maxWorkers: Math.ceil(availableParallelism() * 1.5),
          testTimeout: 30_000,
          hookTimeout: 60_000
        }
      },
      ...(heavy
        ? [
            {
              extends: true as const,
              test: {
                name: "alone",
                include: [loneTests],
                exclude: never,
                fileParallelism: false,
                sequence: { groupOrder: 1 },
                testTimeout: 300_000,
                hookTimeout: 120_000
              }
            },
            {
              extends: true as const,
              test: {
                name: "heavy",
                include: [heavyTests],
                exclude: [...never, loneTests],
                // Clouds, machines and packages are waited for.
                maxWorkers: Math.ceil(availableParallelism() * 1.5),
                sequence: { groupOrder: 2 },
                testTimeout: 300_000,
                hookTimeout: 120_000
              }
            }
          ]
        : []),
      ...(live
        ? [
            {
              extends: true as const,
              test: {
                name: "live",
                include: [liveTests],
                exclude: nowhere,
                fileParallelism: false,
                sequence: { groupOrder: 3 },
                // Whatever is left is ended at the end, which may take its time.
                hookTimeout: 600_000
              }
            }
          ]
        : [])
    ]
  }
})
