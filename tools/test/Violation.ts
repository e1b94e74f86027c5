/** One planted violation: the gate that must see it, and the gates that are known to see it too. */
export interface Violation {
  readonly gate: string
  readonly what: string
  readonly files: Readonly<Record<string, string>>
  readonly says: RegExp
  readonly also?: ReadonlyArray<string>
}

export const doc = "/**\n * Stands here to be found by a gate.\n *\n * @category models\n * @since 0.1.0\n */\n"

export const file = (name: string, ...lines: ReadonlyArray<string>): Readonly<Record<string, string>> => ({
  [name]: `${lines.join("\n")}\n`
})

export const core = (name: string, ...lines: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  file(`packages/core/src/${name}.ts`, ...lines)
