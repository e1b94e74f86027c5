import { assert, it } from "vitest"
import { isBad, readDocument } from "../../src/settings/document.ts"
import { merge } from "../../src/settings/merge.ts"
import { unheeded } from "../../src/settings/unheeded.ts"

const text = "max-hours: 2\nproviders: {ssh: {hosts: [{name: gpu1}]}}\n"

const loaded = (file: string, isTrusted: boolean) => {
  const read = readDocument(file, text)
  if (isBad(read)) throw new Error(JSON.stringify(read))
  const files = file === "/p/runctl.yaml" ? { user: undefined, project: read } : { user: read, project: undefined }
  return {
    settings: {},
    entries: merge({ ...files, isTrusted }, {}),
    project: { file: "/p/runctl.yaml", isTrusted },
    locate: () => undefined
  }
}

const read = { user: "/me/config.yaml", project: undefined }

it("settings of providers that the supervisor does not go by are named, with the file it does go by", () => {
  for (const provider of ["ssh", "any"]) {
    const said = unheeded(loaded("/p/runctl.yaml", true), provider, read) ?? ""
    assert.match(said, /^providers\.ssh of \/p\/runctl\.yaml .* goes by \/me\/config\.yaml\.$/)
  }
})

it("nothing is said where they make no difference", () => {
  assert.isUndefined(unheeded(loaded("/p/runctl.yaml", true), "local", read), "another provider is used")
  assert.isUndefined(unheeded(loaded("/p/runctl.yaml", false), "ssh", read), "they count nowhere")
  assert.isUndefined(unheeded(loaded("/me/config.yaml", true), "ssh", read), "they are the user's own")
  const both = { ...read, project: "/p/runctl.yaml" }
  assert.isUndefined(unheeded(loaded("/p/runctl.yaml", true), "ssh", both), "the supervisor reads that file too")
})
