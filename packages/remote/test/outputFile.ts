/** What a machine announces of a file. */
import type { OutputFile } from "@runctl/core/Job"
import { createHash } from "node:crypto"

export const sha256 = (content: string): string => createHash("sha256").update(content).digest("hex")

export const file = (path: string, content: string, mode = 0o644): OutputFile => ({
  path,
  bytes: Buffer.byteLength(content),
  mode,
  sha256: sha256(content)
})
