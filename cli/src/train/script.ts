/**
 * The script to train, and the project around it.
 */
import { nearest } from "@runctl/core/Nearest"
import * as Interpreter from "@runctl/remote/Interpreter"
import * as Result from "effect/Result"
import { accessSync, closeSync, constants, openSync, readdirSync, readSync, realpathSync, statSync } from "node:fs"
import { homedir } from "node:os"
import { basename, dirname, isAbsolute, relative, resolve, sep } from "node:path"
import { type CliFailure, fail } from "../errors/Failure.ts"

/** A folder that is brought to the machine, and the script in it. */
export interface Project {
  readonly folder: string
  readonly script: string
}

const refuse = (message: string, advice?: string): CliFailure => fail("RUNCTL_E_SCRIPT", message, advice)

const neighbours = (path: string): ReadonlyArray<string> => {
  try {
    return readdirSync(dirname(path))
  } catch {
    return []
  }
}

const firstLine = (path: string): string => {
  const file = openSync(path, "r")
  try {
    const buffer = Buffer.alloc(256)
    return buffer.toString("utf8", 0, readSync(file, buffer, 0, buffer.length, 0)).split("\n", 1)[0] ?? ""
  } finally {
    closeSync(file)
  }
}

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const isWithin = (path: string, folder: string): boolean => {
  const way = relative(folder, path)
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}

/** Never a whole home directory, and nothing above it. */
const isTooMuch = (folder: string, home: string): boolean => isWithin(home, folder)

/** The current folder when the script is in it, else the script's own. */
const projectFor = (path: string, cwd: string, home: string): string => {
  const folder = isWithin(path, cwd) && !isTooMuch(cwd, home) ? cwd : dirname(path)
  if (isTooMuch(folder, home)) {
    throw refuse(
      `${path} lies directly in ${folder}, all of which would be brought to the machine`,
      "Put the script into a folder of its own and train from there."
    )
  }
  return folder
}

/** Finds the script and its project, or says what is wrong with it. */
export const findProject = (script: string, cwd: string, home: string = homedir()): Project => {
  const path = resolve(cwd, script)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) {
    const near = nearest(basename(path), neighbours(path))
    throw refuse(
      `${script} does not exist.${near.length === 0 ? "" : ` Did you mean ${near.map((name) => `"${name}"`).join(" or ")}?`}`
    )
  }
  if (found.isDirectory()) throw refuse(`${script} is a folder; a script is wanted`)
  if (!found.isFile()) throw refuse(`${script} is no regular file`)
  try {
    accessSync(path, constants.R_OK)
  } catch {
    throw refuse(`${script} may not be read`, `Make it readable: chmod u+r ${script}`)
  }
  const folder = projectFor(realpathSync(path), realpathSync(cwd), home)
  const inside = relative(folder, realpathSync(path)).split(sep).join("/")
  const about = { path: inside, isExecutable: isExecutable(path), firstLine: firstLine(path), node: process.execPath }
  const command = Interpreter.commandFor(about)
  if (Result.isFailure(command)) throw refuse(command.failure)
  return { folder, script: inside }
}
