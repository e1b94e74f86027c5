import { defineConfig } from "vitest/config"

// Machines boot, are used and end: each law may take a while.
export default defineConfig({ test: { include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 120_000 } })
