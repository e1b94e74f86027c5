import { defineConfig } from "vitest/config"
import { LeftOutReporter } from "./tools/vitest/LeftOutReporter.ts"

const heavy = process.env["RUNCTL_HEAVY"] === "1"
const tests = "{packages/*,plugins/*,cli,examples,tools,test,docs,bench}/**/*.test.ts"
const heavyTests = "**/*.heavy.test.ts"
const never = ["**/node_modules/**", "**/dist/**", "**/fixtures/**", "**/*.live.test.ts"]

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
          testTimeout: 30_000,
          hookTimeout: 60_000
        }
      },
      ...(heavy
        ? [
            {
              extends: true as const,
              test: {
                name: "heavy",
                include: [heavyTests],
                exclude: never,
                // These kill processes and measure: one at a time, each in a process of its own.
                fileParallelism: false,
                sequence: { groupOrder: 1 },
                testTimeout: 300_000,
                hookTimeout: 120_000
              }
            }
          ]
        : [])
    ]
  }
})
