/**
 * Names of machines that are fit for a line's beginning and for a `Host` of OpenSSH.
 */

/** What a name is made from. `key` tells machines apart that are called the same. */
export interface Nameable {
  readonly key: string
  readonly label: string | undefined
}

/** As many characters of a key as tell machines apart. */
const keyLength = 6

/** Letters, digits, dots, dashes: nothing that a pattern, a shell or a terminal would take for more. */
const sanitized = (text: string): string =>
  text
    .normalize("NFKD")
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replaceAll(/^[-.]+|[-.]+$/g, "")
    .slice(0, 40)

/** Host names are compared without their case. */
const folded = (name: string): string => name.toLowerCase()

/** A name for each machine, in the same order: its label, else its key; with its key where others are called the same. */
export const uniqueNames = (machines: ReadonlyArray<Nameable>): ReadonlyArray<string> => {
  const wanted = machines.map(({ key, label }) => sanitized(label ?? "") || sanitized(key) || "machine")
  const often = Map.groupBy(wanted, folded)
  const taken = new Set<string>()
  return machines.map(({ key }, index) => {
    const plain = wanted[index] ?? ""
    const isShared = (often.get(folded(plain))?.length ?? 0) > 1
    const base = isShared ? `${plain}-${sanitized(key).slice(0, keyLength)}` : plain
    let name = base
    for (let number = 2; taken.has(folded(name)); number++) name = `${base}-${number}`
    taken.add(folded(name))
    return name
  })
}
