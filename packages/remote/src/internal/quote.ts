/**
 * Words for `sh`.
 *
 * @since 0.1.0
 */

/** A word that `sh` reads as exactly this text. @category formatting @since 0.1.0 */
export const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`

/** A variable's assignment and export, the value untouched. @category formatting @since 0.1.0 */
export const exported = (name: string, value: string): string => `export ${name}=${quote(value)}\n`

/** Whether `sh` accepts this as a variable's name. @category predicates @since 0.1.0 */
export const isVariableName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
