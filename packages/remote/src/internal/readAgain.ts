/**
 * Has a machine read again what it was sent, with two scripts at the same time, which are too long for a command.
 *
 * @since 0.1.0
 */
import * as Digests from "../Digests.ts"
import * as archive from "./archive.ts"
import { quote } from "./quote.ts"
import { encode } from "./utf8.ts"

/** Where the scripts lie, and what the second of them says. @category models @since 0.1.0 */
export interface Scripts {
  readonly first: string
  readonly second: string
  readonly said: string
}

/** Scripts beside each other. @category constructors @since 0.1.0 */
export const scriptsAt = (path: string): Scripts => ({ first: path, second: `${path}2`, said: `${path}2.said` })

/** What a file costs besides its bytes. */
const openingBytes = 100_000

/** Two shares that take about as long. */
const halves = <A extends { readonly bytes: number }>(
  files: ReadonlyArray<A>
): readonly [ReadonlyArray<A>, ReadonlyArray<A>] => {
  const shares: readonly [Array<A>, Array<A>] = [[], []]
  let ahead = 0
  for (const file of files) {
    const cost = file.bytes + openingBytes
    shares[ahead > 0 ? 1 : 0].push(file)
    ahead += ahead > 0 ? -cost : cost
  }
  return shares
}

/** The scripts, as entries of an archive. @category constructors @since 0.1.0 */
export const scripts = (
  { first, second }: Scripts,
  folder: string,
  files: ReadonlyArray<{ readonly path: string; readonly bytes: number }>,
  mtimeSeconds: number
): ReadonlyArray<Uint8Array> => {
  const [one, other] = halves(files)
  const script = (path: string, some: typeof one): Uint8Array =>
    archive.file(path, encode(Digests.scriptFor(folder, some, files)), { mode: 0o600, mtimeSeconds })
  return [script(first, one), script(second, other)]
}

/**
 * A command for `sh` that runs the scripts, removes them, and prints what one said behind what the other said; it exits when
 * one fails.
 *
 * @category scripts
 * @since 0.1.0
 */
export const command = ({ first, said, second }: Scripts, exitCode: number): string => {
  const [one, other, answer] = [first, second, said].map(quote)
  return `{ sh ${other} >${answer} & sh ${one}; c=$?; wait $! || c=1; cat ${answer}; rm -f ${one} ${other} ${answer}; [ $c = 0 ] || exit ${exitCode}; }`
}
