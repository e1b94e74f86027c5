import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { deserialize, serialize } from "node:v8"

/** Writes everything that training needs to go on, and says so once the file is whole. */
export const saveCheckpoint = (folder, state) => {
  const path = join(folder, `step-${String(state.step).padStart(6, "0")}.checkpoint`)
  mkdirSync(folder, { recursive: true })
  // Whoever watches the folder must never see half a checkpoint under its final name.
  writeFileSync(`${path}.partial`, serialize(state))
  renameSync(`${path}.partial`, path)
  console.log(JSON.stringify({ checkpoint: path }))
}

/** Reads what `saveCheckpoint` wrote, provided it belongs to a training with the same options. */
export const loadCheckpoint = (path, options) => {
  const state = deserialize(readFileSync(path))
  for (const name of ["seed", "hidden", "lr"]) {
    if (state.options[name] !== options[name]) {
      throw new Error(`it was made with --${name} ${state.options[name]}, not ${options[name]}`)
    }
  }
  return state
}
