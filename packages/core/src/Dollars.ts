/**
 * Dollars as people read them, for whoever has no use for exact money.
 *
 * @since 0.1.0
 */

/**
 * A number of dollars for people: `$0`, `$0.0042`, `$2.10`, `$1,234.50`. Small amounts keep two significant digits.
 *
 * @category formatting
 * @since 0.1.0
 */
export const formatUsd = (usd: number): string => {
  if (usd === 0) return "$0"
  const digits = usd < 1 ? Math.min(9, Math.max(2, 1 - Math.floor(Math.log10(usd)))) : 2
  const [whole = "0", fraction] = usd.toFixed(digits).split(".")
  return `$${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${fraction === undefined ? "" : `.${fraction}`}`
}
