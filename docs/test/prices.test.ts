import { documented } from "./page.ts"

documented("docs/prices.md", { brings: ["docs", "examples/compare-in-browser"] })
