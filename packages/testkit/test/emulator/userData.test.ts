import { describe, expect, it } from "vitest"
import { interpret } from "../../src/internal/emulator/machines/userData.ts"

const wrong = (text: string): string => {
  const result = interpret(text, { user: "root", keys: [] })
  return "unknown" in result ? result.unknown : ""
}

describe("the interpreter of user data", () => {
  it("refuses what it does not know, however small", () => {
    expect(wrong("#cloud-config\npackages: [git]\n")).toMatch(/packages/)
    expect(wrong("#cloud-config\nruncmd: nonsense\n")).toMatch(/runcmd/)
    expect(wrong("#cloud-config\nwrite_files: [{path: /a, mode: '0600'}]\n")).toMatch(/mode/)
    expect(wrong("#cloud-config\nwrite_files: [{path: /a, permissions: 600}]\n")).toMatch(/permissions/)
    expect(wrong("#include http://example.com\n")).toMatch(/#cloud-config/)
    expect(wrong("#cloud-config\n\tx: [\n")).toMatch(/YAML/)
  })

  it("knows what it is for", () => {
    expect(wrong("")).toBe("")
    expect(wrong("#!/bin/sh\n")).toBe("")
    expect(wrong("#cloud-config\n")).toBe("")
    expect(wrong("#cloud-config\nbootcmd: [a, [b, 1]]\nssh_pwauth: false\nusers: [default]\n")).toBe("")
  })
})
