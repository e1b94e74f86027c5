import { readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import { complaintsAboutKeys } from "./serviceKeys.ts"
import { fromComplaints, type Gate, published, sources } from "./Gate.ts"

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

const names = (statement: ts.Statement): ReadonlyArray<string> => {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  }
  if (ts.isExportAssignment(statement)) return ["default"]
  const named =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isModuleDeclaration(statement) ||
    ts.isEnumDeclaration(statement)
  return named ? [statement.name?.getText() ?? "default"] : []
}

/** `export { a, b }` and `export { a } from "./internal/a.ts"`; a namespace (`export * as A`) is documented in its module. */
const reexported = (statement: ts.Statement): ReadonlyArray<string> => {
  if (!ts.isExportDeclaration(statement)) return []
  if (statement.exportClause === undefined) return ["*"]
  return ts.isNamedExports(statement.exportClause)
    ? statement.exportClause.elements.map(({ name }) => name.getText())
    : []
}

const docOf = (node: ts.Node): ts.JSDoc | undefined => ts.getJSDocCommentsAndTags(node).findLast(ts.isJSDoc)

const words = (text: string): ReadonlyArray<string> =>
  text
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "")

const filler = new Set([
  "a",
  "an",
  "the",
  "of",
  "for",
  "to",
  "this",
  "is",
  "and",
  "or",
  "in",
  "with",
  "its",
  "class",
  "type"
])

const singular = (word: string): string => word.replace(/s$/, "")

/** Whether a sentence tells a reader more than the name does. */
const isTelling = (sentence: string, name: string): boolean => {
  const known = new Set(words(name).map(singular))
  const said = words(sentence)
  return said.length >= 3 && said.some((word) => !filler.has(word) && !known.has(singular(word)))
}

const complaintsAbout = (name: string, doc: ts.JSDoc | undefined): ReadonlyArray<string> => {
  if (doc === undefined) return [`${name} has no docstring`]
  const text = ts.getTextOfJSDocComment(doc.comment) ?? ""
  const tags = new Map((doc.tags ?? []).map((tag) => [tag.tagName.text, ts.getTextOfJSDocComment(tag.comment) ?? ""]))
  return [
    ...(isTelling(text, name) ? [] : [`the docstring of ${name} says no more than its name`]),
    ...(/^[a-z][a-z -]*$/.test(tags.get("category") ?? "") ? [] : [`${name} has no @category (lower case)`]),
    ...(/^\d+\.\d+\.\d+$/.test(tags.get("since") ?? "") ? [] : [`${name} has no @since`])
  ]
}

/** Complaints about one public module: a value and the type of the same name, and overloads, share the first docstring. */
const inModule = (source: ts.SourceFile): ReadonlyArray<string> => {
  const declared = new Map<string, ts.Statement>()
  const exported = new Map<string, ts.Statement>()
  for (const statement of source.statements) {
    for (const name of names(statement)) {
      if (!declared.has(name) || docOf(statement) !== undefined) declared.set(name, declared.get(name) ?? statement)
      if ((isExported(statement) || ts.isExportAssignment(statement)) && !exported.has(name))
        exported.set(name, statement)
    }
  }
  for (const statement of source.statements) {
    for (const name of reexported(statement)) exported.set(name, declared.get(name) ?? statement)
  }
  return [...exported].flatMap(([name, statement]) => {
    const { line } = source.getLineAndCharacterOfPosition(statement.getStart(source))
    return complaintsAbout(name, docOf(statement)).map((complaint) => `${line + 1}: ${complaint}`)
  })
}

export const docs: Gate = {
  name: "docs",
  holds: "every public export says what it gives; service keys are paths",
  run: async (root) => {
    const complaints: Array<string> = []
    let count = 0
    for (const { folder, manifest } of published(root)) {
      for (const file of sources(root, folder)) {
        const text = readFileSync(join(root, file), "utf8")
        const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
        const isPublic = folder !== "cli" && !file.includes("/internal/")
        const found = [...(isPublic ? inModule(source) : []), ...complaintsAboutKeys(source, folder, manifest.name)]
        complaints.push(...found.map((complaint) => `${file}:${complaint}`))
        if (isPublic) count += 1
      }
    }
    return fromComplaints(complaints, `${count} modules`)
  }
}
