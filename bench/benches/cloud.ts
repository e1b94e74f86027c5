import { everywhere } from "../cloud/everywhere.ts"
import { firstLine } from "../cloud/firstLine.ts"
import { list } from "../cloud/list.ts"
import { polling } from "../cloud/polling.ts"
import { sweep } from "../cloud/sweep.ts"
import type { Result, Skipped } from "../Result.ts"

/** What runctl does at an emulated cloud, which answers at once unless it is told otherwise. */
export const cloud = async (): Promise<ReadonlyArray<Result | Skipped>> => [
  ...(await firstLine()),
  ...(await list()),
  ...(await polling()),
  ...(await sweep()),
  ...(await everywhere())
]
