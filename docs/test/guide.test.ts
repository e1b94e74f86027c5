import { documented } from "./page.ts"

documented("docs/guide.md")
