import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { lacking } from "../../test/harness/tools.ts"
import { notPrinted, programOf } from "./commands.ts"
import { type Block, blocksIn, lostOrders } from "./markdown.ts"
import { read } from "./repository.ts"
import { Sandbox } from "./Sandbox.ts"

/** Languages of blocks that are pictures and prints, not code. */
const pictures: ReadonlySet<string> = new Set(["", "text"])

/** A block with all that its check may need. */
interface Case {
  readonly block: Block
  readonly sandbox: () => Sandbox
}

const parsesAsJson = (text: string): void => {
  try {
    JSON.parse(text)
  } catch {
    for (const line of text.split("\n")) JSON.parse(line)
  }
}

const runs = async ({ block, sandbox }: Case): Promise<void> => {
  const { code, signal, stdout } = await sandbox().run(programOf(block))
  if (code === 0) return
  throw new Error(`it ended with ${code ?? signal}:\n${block.text}\n--- it printed\n${stdout.slice(-4000)}`)
}

const isConfiguration = async ({ block, sandbox }: Case): Promise<void> => {
  const file = join(sandbox().box.folder, "block.yaml")
  writeFileSync(file, `${block.text}\n`)
  const { code, stderr } = await sandbox().box.run(["config", "validate", file])
  rmSync(file)
  assert.strictEqual(code, 0, stderr)
}

const isWritten = ({ block, sandbox }: Case, name: string): void => {
  const path = join(sandbox().box.project, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${block.text}\n`)
}

/** systemd's own word on a unit, where there is one; the timer's service must be there already. */
const isUnit = ({ block, sandbox }: Case, name: string): void => {
  const folder = join(sandbox().box.folder, "units")
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  writeFileSync(path, `${block.text}\n`)
  if (lacking("systemd-analyze") !== undefined) return
  const { status, stderr, stdout } = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" })
  // An unknown key is only a warning.
  assert.deepStrictEqual({ status, said: `${stdout}${stderr}` }, { status: 0, said: "" })
}

/** Five fields of time and a command for `sh`, which is run as cron runs it: with a login shell's surroundings. */
const isCrontab = async ({ block, sandbox }: Case): Promise<void> => {
  const { box } = sandbox()
  writeFileSync(join(box.folder, "user", ".profile"), `PATH='${box.env["PATH"] ?? ""}'\n`)
  for (const line of block.text.split("\n").filter((each) => each !== "" && !each.startsWith("#"))) {
    const [, command] = /^(?:[\d*/,-]+ ){5}([^%]+)$/.exec(line) ?? []
    assert.isDefined(command, `${line} is no line of a crontab`)
    const { code, stderr, stdout } = await sandbox().run(command ?? "")
    assert.deepStrictEqual({ code, stderr, stdout }, { code: 0, stderr: "", stdout: "" })
  }
}

const wasPrinted = ({ block, sandbox }: Case): void => {
  const { printed } = sandbox()
  const missing = notPrinted(block.text, printed)
  assert.isUndefined(missing, `this was not printed: ${missing ?? ""}\n--- printed was\n${printed}`)
}

const isCutFrom = ({ block }: Case, file: string): void =>
  assert.include(`\n${read(file)}\n`, `\n${block.text}\n`, `the lines are not in ${file}`)

const parsesAsScript = ({ text }: Block): void => {
  const { status, stderr } = spawnSync("sh", ["-n"], { input: text, encoding: "utf8" })
  assert.strictEqual(status, 0, stderr)
}

/** What is done with a block, and in which words; `undefined` where nobody has said what. */
const checkOf = (block: Block): readonly [string, (found: Case) => void | Promise<void>] | undefined => {
  const { file, from, shows } = block.orders
  if (from !== undefined) return [`is cut from ${from}`, (found) => isCutFrom(found, from)]
  if (shows) return ["was printed", wasPrinted]
  if (file !== undefined) {
    return [
      `is the file ${file}`,
      async (found) => {
        if (block.language === "json") parsesAsJson(block.text)
        if (block.language === "yaml") await isConfiguration(found)
        if (block.language === "ini") isUnit(found, file)
        if (block.language === "crontab") await isCrontab(found)
        isWritten(found, file)
      }
    ]
  }
  if (block.language === "sh") return ["runs", runs]
  if (block.language === "json") return ["parses", () => parsesAsJson(block.text)]
  if (block.language === "yaml") return ["is a configuration", isConfiguration]
  return undefined
}

/** The first line that says something. */
const summary = ({ line, language, text }: Block): string => {
  const telling = text.split("\n").find((each) => !/^\s*(#|cd |$)/.test(each)) ?? ""
  return `line ${line}, ${language === "" ? "text" : language}: ${telling.trim().slice(0, 70)}`
}

/** Why a block cannot run here: those that speak of Python, outside comments, need it. */
const missingTool = ({ language, text }: Block): string | undefined =>
  language === "sh" && /\.py\b/.test(text.replaceAll(/(^|\s)#.*$/gm, "")) ? lacking("python3") : undefined

/** Registers a test for every block of a page, in their order, in one sandbox that also has the folders it `brings`. */
export const documented = (page: string, { brings = [] }: { readonly brings?: ReadonlyArray<string> } = {}): void => {
  const text = read(page)
  const blocks = blocksIn(text)
  const needsSandbox = blocks.some(({ language, orders }) => language === "sh" || language === "yaml" || orders.file)

  describe(page, () => {
    let made: Sandbox | undefined
    const skipped: Array<string> = []
    const skip = (title: string, reason: string): void => {
      skipped.push(`${title} (skipped: ${reason})`)
      it.skip(`${title} (skipped: ${reason})`)
    }
    const sandbox = (): Sandbox => {
      if (made === undefined) throw new Error("there is no sandbox")
      return made
    }
    if (needsSandbox) {
      beforeAll(() => {
        made = new Sandbox(brings)
      })
      afterAll(() => made?.box.destroy())
    }

    it("has a block below every order", () => assert.deepStrictEqual(lostOrders(text), []))

    for (const block of blocks) {
      const title = summary(block)
      const check = checkOf(block)
      const reason = block.orders.skip ?? missingTool(block)
      if (reason !== undefined) {
        // What is not run is at least written in its language.
        if (block.language === "sh") it(`${title} parses`, () => parsesAsScript(block))
        skip(title, reason)
      } else if (check !== undefined) {
        it(`${title} ${check[0]}`, { timeout: 90_000 }, async () => check[1]({ block, sandbox }))
      } else if (pictures.has(block.language)) {
        skip(title, "a picture, not code")
      } else {
        it(title, () => assert.fail("nothing says how this block is checked, or why it is not"))
      }
    }

    // A reporter may show only what fails; nobody should take a page for run as a whole when it was not.
    afterAll(() => {
      if (skipped.length > 0)
        process.stdout.write(`${page}: not run:\n${skipped.map((each) => `  ${each}\n`).join("")}`)
    })

    if (needsSandbox) {
      it("leaves nothing behind", { timeout: 60_000 }, async () => {
        const { box } = sandbox()
        assert.deepStrictEqual(await box.leftovers(), [])
        assert.isTrue(await box.endSupervisors(), "the supervisor ends when it is told to")
        assert.deepStrictEqual(box.processes, [])
      })
    }
  })
}
