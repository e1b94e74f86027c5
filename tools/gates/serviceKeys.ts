import ts from "typescript"

/** `Context.Service` of `Context.Service<A, B>()("key")` and of `Context.Service("key")`. */
const callee = (node: ts.CallExpression): string =>
  ts.isCallExpression(node.expression) ? callee(node.expression) : node.expression.getText()

const className = (node: ts.Node): string | undefined => {
  for (let current: ts.Node | undefined = node; current !== undefined; current = current.parent) {
    if (ts.isClassDeclaration(current)) return current.name?.text
    if (ts.isVariableDeclaration(current)) return current.name.getText()
  }
  return undefined
}

const services = new Set(["Context.Service", "Context.Reference"])
const schemas = new Set(["Schema.Class", "Schema.TaggedClass", "Schema.TaggedError", "Schema.Error"])

/**
 * Identity across copies of a package is by string: a service is named after its module, `@runctl/core/Offer`, with the
 * class behind it when the module holds several; a schema class is named within its package.
 */
export const complaintsAboutKeys = (source: ts.SourceFile, folder: string, name: string): ReadonlyArray<string> => {
  const owner = name.startsWith("@") ? name : `@runctl/${folder}`
  const module = source.fileName.slice(`${folder}/src/`.length).replace(/\.ts$/, "")
  const complaints: Array<string> = []

  const complain = (node: ts.Node, text: string): void => {
    complaints.push(`${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}: ${text}`)
  }

  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit)
    if (!ts.isCallExpression(node)) return
    const [key] = node.arguments
    if (key === undefined || !ts.isStringLiteral(key)) return
    const kind = callee(node)
    // In `Schema.TaggedError<A>("identifier")("Tag", fields)` only the inner string is the identifier.
    const isInner = !ts.isCallExpression(node.expression)
    if (services.has(kind)) {
      const own = className(node)
      const wanted = [`${owner}/${module}`, `${owner}/${module}/${own}`]
      if (!wanted.includes(key.text)) complain(key, `the key of ${own} is "${key.text}", not "${wanted[0]}"`)
    } else if (schemas.has(kind) && isInner && !key.text.startsWith(`${owner}/`)) {
      complain(key, `the identifier "${key.text}" does not begin with "${owner}/"`)
    }
  }

  visit(source)
  return complaints
}
