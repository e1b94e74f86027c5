/** What is published: one file with its own Effect, loaded beside another copy of it, as runctl does. */
import { keepLaws } from "./hosted.ts"

await keepLaws("fernhill, as it is built,", () => import(new URL("../dist/index.js", import.meta.url).href))
