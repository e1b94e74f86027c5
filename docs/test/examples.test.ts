import { documented } from "./page.ts"

documented("examples/README.md")
