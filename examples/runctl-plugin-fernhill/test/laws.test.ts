/** The promises of every provider, as far as they need no machine. */
import { keepLaws } from "./hosted.ts"

await keepLaws("fernhill", () => import("../src/plugin.ts"))
