import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["{packages,plugins}/*/test/**/*.test.ts", "{cli,examples,tools,test,docs}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    isolate: false
  }
})
