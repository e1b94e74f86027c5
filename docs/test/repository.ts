import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** The folder of the checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** The text of a file of the checkout. */
export const read = (file: string): string => readFileSync(join(root, file), "utf8")

/** Whether there is such a file or folder in the checkout. */
export const exists = (file: string): boolean => existsSync(join(root, file))
