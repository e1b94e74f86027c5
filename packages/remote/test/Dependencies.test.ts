import { assert, describe, it } from "@effect/vitest"
import * as Dependencies from "@runctl/remote/Dependencies"
import * as Installation from "@runctl/remote/Installation"
import type { Language } from "@runctl/remote/Interpreter"
import * as Result from "effect/Result"

const define = (language: Language, files: Record<string, string>, script = "", bringsModules = false) =>
  Dependencies.define(language, script, new Map(Object.entries(files)), bringsModules)

const only = (found: ReturnType<typeof define>): Dependencies.Definition => {
  const [first, ...rest] = Result.getOrThrow(found)
  if (first === undefined || rest.length > 0) throw new Error(`not one definition: ${JSON.stringify(found)}`)
  return first
}

const plan = (definition: Dependencies.Definition, ...tools: ReadonlyArray<string>): string =>
  Result.getOrElse(
    Result.map(
      Installation.plan(definition, { folder: ".runctl/deps/x", project: "p" }, new Set(tools)),
      ({ script }) => script
    ),
    (message) => message
  )

const metadata = `#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "numpy<3",
#   "rich",
# ]
# ///
import numpy
`

describe("Dependencies", () => {
  it("finds none where there are none", () => {
    const none: ReadonlyArray<readonly [Language, Record<string, string>]> = [
      ["python", {}],
      ["python", { "requirements.txt": "# nothing\n\n" }],
      ["python", { "pyproject.toml": '[project]\nname = "x"\n[tool.ruff]\n' }],
      ["node", { "package.json": '{"name":"x","devDependencies":{"vitest":"1"}}' }],
      ["python", { "package.json": '{"dependencies":{"a":"1"}}' }],
      ["node", { "requirements.txt": "numpy" }]
    ]
    for (const [language, files] of none) assert.deepStrictEqual(define(language, files), Result.succeed([]))
    assert.deepStrictEqual(
      define("node", { "package.json": '{"dependencies":{"a":"1"}}' }, "", true),
      Result.succeed([])
    )
    assert.deepStrictEqual(
      define("python", { "requirements.txt": "numpy" }, "# /// script\n# dependencies = []\n# ///\n"),
      Result.succeed([])
    )
  })

  it("takes a script's own metadata first, then requirements.txt, then pyproject.toml", () => {
    const files = { "requirements.txt": "torch", "pyproject.toml": '[project]\ndependencies = ["jax"]' }
    assert.deepInclude(only(define("python", files, metadata)), {
      packages: ["numpy<3", "rich"],
      python: ">=3.10",
      isIsolated: true
    })
    assert.deepInclude(only(define("python", files)), { file: "requirements.txt", isLocal: false })
    assert.deepInclude(only(define("python", { "pyproject.toml": files["pyproject.toml"] })), { packages: ["jax"] })
  })

  it("reads metadata as PEP 723 says", () => {
    assert.isUndefined(Dependencies.scriptMetadata("# /// script\n# dependencies = []\n"))
    assert.isUndefined(Dependencies.scriptMetadata("# /// other\n# a = 1\n# ///\n"))
    assert.strictEqual(Dependencies.scriptMetadata("x\r\n# /// script\r\n#\r\n# a = 1\r\n# ///\r\n"), "\na = 1\n")
  })

  it("installs a project that builds itself", () => {
    const definition = only(
      define("python", { "pyproject.toml": '[build-system]\nrequires = []\n[project]\nname = "x"' })
    )
    assert.deepInclude(definition, { file: ".", isLocal: true })
    assert.include(plan(definition, "python3"), "pip install --disable-pip-version-check --no-input -e .")
  })

  it("tells apart what refers to the project from what any project can share", () => {
    const isLocal = (requirements: string, files: Record<string, string> = {}) => {
      const definition = only(define("python", { "requirements.txt": requirements, ...files }))
      return definition._tag === "Python" && definition.isLocal
    }
    assert.isFalse(isLocal("numpy==1.0 ; python_version > '3'\n--index-url https://x\n"))
    for (const line of ["-e .", "./pkg", "../pkg", "/abs/pkg", "pkg @ file:///x", ".", "-e git+https://x/y"]) {
      assert.isTrue(isLocal(line), line)
    }
    assert.isTrue(isLocal("-r more/other.txt", { "more/other.txt": "./pkg" }))
  })

  it("has another digest when an included file changes, and the same when another file does", () => {
    const digest = (other: string, readme = "") =>
      only(define("python", { "requirements.txt": "-r o.txt", "o.txt": other, README: readme })).defining
    assert.notStrictEqual(digest("a"), digest("b"))
    assert.strictEqual(digest("a", "x"), digest("a", "y"))
  })

  it("uses uv where there is one, else pip, else says what is missing", () => {
    const definition = only(define("python", {}, metadata))
    const withUv = plan(definition, "uv", "python3")
    assert.include(withUv, `uv venv --quiet --python '>=3.10' "$d/venv"`)
    assert.include(withUv, 'uv pip install -r "$d/requirements.txt"')
    const withPip = plan(definition, "python3")
    assert.include(withPip, 'python3 -m venv "$d/venv"')
    assert.include(withPip, "printf '%s\\n' 'numpy<3' 'rich'")
    assert.include(plan(definition), "neither uv nor python3")
  })

  it("installs what package.json needs, by its lock where there is one", () => {
    const files = { "package.json": '{"dependencies":{"a":"^1"}}' }
    assert.include(plan(only(define("node", files)), "npm"), "npm install --omit=dev")
    const locked = only(define("node", { ...files, "package-lock.json": "{}" }))
    assert.include(plan(locked, "npm"), "npm ci --omit=dev")
    assert.include(plan(locked), "no npm")
    assert.deepInclude(only(define("node", { "package.json": '{"dependencies":{"a":"file:../a"}}' })), {
      isLocal: true
    })
    assert.deepInclude(only(define("node", { "package.json": '{"workspaces":["a"]}' })), { isLocal: true })
  })

  it("says which file is broken", () => {
    const message = (found: ReturnType<typeof define>) => (Result.isFailure(found) ? found.failure : "")
    assert.include(message(define("python", { "pyproject.toml": "[project" })), "pyproject.toml cannot be read")
    assert.include(message(define("python", { "pyproject.toml": "[project]\ndependencies = 1" })), "pyproject.toml")
    assert.include(message(define("node", { "package.json": "{" })), "package.json cannot be read")
    assert.include(message(define("python", {}, "# /// script\n# dependencies = 1\n# ///\n")), "PEP 723")
  })

  it("prepares both languages for a script of neither", () => {
    const found = define("other", { "requirements.txt": "a", "package.json": '{"dependencies":{"a":"1"}}' })
    assert.deepStrictEqual(
      Result.getOrThrow(found).map(({ _tag }) => _tag),
      ["Python", "Node"]
    )
  })
})
