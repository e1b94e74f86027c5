/**
 * Lint rules of this repository alone. oxlint loads them as a plugin.
 *
 * `no-imported-instanceof`: a third-party plugin carries its own Effect and may carry its own core, so a class that was
 * imported may exist twice. Identity is by `_tag`, never by module instance; only globals may stand right of `instanceof`.
 *
 * `reasoned-disable`: an exception to a rule says why, after `--`.
 */

/** The root identifier of `a`, `a.b` and `a.b.c`. */
const rootIdentifier = (node) => (node.type === "MemberExpression" ? rootIdentifier(node.object) : node)

const definitionOf = (scope, name) => {
  for (let current = scope; current; current = current.upper) {
    const variable = current.set.get(name)
    if (variable) return variable.defs[0]
  }
  return undefined
}

const noImportedInstanceof = {
  meta: { type: "problem" },
  create: (context) => ({
    BinaryExpression(node) {
      if (node.operator !== "instanceof") return
      const root = rootIdentifier(node.right)
      if (root.type !== "Identifier") return
      const definition = definitionOf(context.sourceCode.getScope(node), root.name)
      if (definition?.type !== "ImportBinding") return
      if (String(definition.parent?.source?.value).startsWith("node:")) return
      context.report({
        node,
        message: `\`instanceof ${root.name}\`: an imported class may exist twice; compare \`_tag\``
      })
    }
  })
}

const directive = /^\s*(?:ox|es)lint-disable/

const reasonedDisable = {
  meta: { type: "problem" },
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (directive.test(comment.value) && !/\s--\s+\S{3}/.test(comment.value)) {
          context.report({ loc: comment.loc, message: "say why the rule is off: `-- reason`" })
        }
      }
    }
  })
}

export default {
  meta: { name: "runctl" },
  rules: { "no-imported-instanceof": noImportedInstanceof, "reasoned-disable": reasonedDisable }
}
