import { documented } from "./page.ts"

documented("README.md")
