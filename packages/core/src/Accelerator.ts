/**
 * GPUs by one name each, whatever a cloud or a person calls them.
 *
 * @since 0.1.0
 */
import { accelerators } from "./internal/accelerators.ts"
import { didYouMean } from "./Nearest.ts"

/**
 * A kind of GPU as we name it. `memoryGiB` is what is printed on it; what can be used is a little less.
 *
 * @category models
 * @since 0.1.0
 */
export interface Accelerator {
  readonly name: string
  readonly vendor: string
  readonly memoryGiB: number
}

/**
 * What somebody who asks for a GPU means. `accelerators` is empty for a kind that is in no table of ours: such a wish is
 * met by whatever has the same name.
 *
 * @category models
 * @since 0.1.0
 */
export interface GpuWish {
  readonly text: string
  readonly count: number | undefined
  readonly model: string
  readonly memoryGiB: number | undefined
  readonly accelerators: ReadonlyArray<Accelerator>
}

/** Words of vendors around the name that say nothing about which GPU it is. */
const noise =
  /^(nvidia|amd|aws|intel|instinct|geforce|tesla|quadro|generation|graphics|hgx|gpu|gpus|edition|server|workstation|ws|max|q|maxq|blackwell|hopper|oam|ac|sxm\d?|pcie|hbm\d?e?|tensor|core)$/

/** A name apart: the model without case, spaces and makers, and the memory that stands in it. */
interface Name {
  readonly model: string
  readonly memoryGiB: number | undefined
}

/** Other spellings of whole models, each seen in a cloud's answers. */
const spellings: Readonly<Record<string, string>> = {
  a6000: "rtxa6000",
  a5000: "rtxa5000",
  a4500: "rtxa4500",
  a4000: "rtxa4000",
  rtxpro6000s: "rtxpro6000",
  rtx4070sti: "rtx4070tisuper",
  rtx4060ti16: "rtx4060ti"
}

const plain = (text: string): Name => {
  let memoryGiB: number | undefined
  const words = text.toLowerCase().split(/[\s_/()-]+/)
  const kept = words.filter((word) => {
    const [, amount] = /^(\d+)g(?:i?b)?$/.exec(word) ?? []
    if (amount !== undefined) memoryGiB = Number(amount)
    return amount === undefined && word !== "" && !noise.test(word)
  })
  const joined = kept.join("")
  return { model: spellings[joined] ?? joined, memoryGiB }
}

interface Known extends Accelerator {
  readonly model: string
  /** Whether the bare model is this one's whole name. */
  readonly isPlain: boolean
}

const known: ReadonlyArray<Known> = accelerators.map(([name, vendor, memoryGiB]) => {
  const { memoryGiB: named, model } = plain(name)
  return { name, vendor, memoryGiB, model, isPlain: named === undefined }
})

const families = new Map<string, ReadonlyArray<Known>>()
for (const each of known) families.set(each.model, [...(families.get(each.model) ?? []), each])

/** `H200 NVL` is an `H200` where no table knows better; `4090` an `RTX4090`. */
const modelOf = (model: string): string =>
  [model, model.replace(/nvl$/, ""), `rtx${model}`].find((each) => families.has(each)) ?? model

/** Whether a GPU of so much memory may report so much: a little is always lost, and some count in decimal. */
const reports = (nominal: number, reported: number): boolean =>
  reported >= nominal * leastReported && reported <= nominal * 1.04

/** The least that was seen: 262 of a B300's 288 GiB. */
const leastReported = 0.9

/** What clouds call by the plain name although it is a kind of its own: an `H100` with 94 GB is the NVL card. */
const kinsOf = (model: string): ReadonlyArray<Known> => [
  ...(families.get(model) ?? []),
  ...(families.get(`${model}nvl`) ?? [])
]

const nearestTo = (memoryGiB: number, among: ReadonlyArray<Known>): Known | undefined =>
  among
    .filter((each) => reports(each.memoryGiB, memoryGiB))
    .toSorted((left, right) => Math.abs(left.memoryGiB - memoryGiB) - Math.abs(right.memoryGiB - memoryGiB))[0]

const identified = (name: string, reported: number | undefined): Known | string => {
  const { memoryGiB: named, model: said } = plain(name)
  const model = modelOf(said)
  const memoryGiB = named ?? reported
  const family = families.get(model) ?? []
  const byMemory = memoryGiB === undefined ? undefined : nearestTo(memoryGiB, kinsOf(model))
  if (byMemory !== undefined) return byMemory
  const [only, another] = family
  if (only !== undefined && another === undefined) return only
  // One name for several, and nothing tells which: unless the plain name is one's own.
  return (memoryGiB === undefined ? family.find(({ isPlain }) => isPlain) : undefined) ?? model
}

/** Clouds give the same few names again and again. */
const seen = new Map<string, Known | string>()

const identify = (name: string, reported: number | undefined): Known | string => {
  const key = `${name}|${reported ?? ""}`
  const before = seen.get(key)
  if (before !== undefined) return before
  const found = identified(name, reported)
  if (seen.size < 10_000) seen.set(key, found)
  return found
}

/**
 * The one name of a GPU: `NVIDIA A100-SXM4-80GB`, and `A100` that reports 79.2 GiB, are both `A100-80GB`.
 *
 * **Details**  a plain name that stands for several kinds stays as it is while its memory is unknown (`A100`); a name
 * that is in no table of ours is given back as it came.
 *
 * @category conversions
 * @since 0.1.0
 */
export const canonicalName = (name: string, reportedGiB?: number): string => {
  const found = identify(name, reportedGiB)
  if (typeof found !== "string") return found.name
  return families.has(found) ? found.toUpperCase() : name
}

/**
 * What is printed on a GPU: 80 for an H100 that reports 79.65 GiB; the reported memory where we do not know the kind, or
 * where it is a slice of one.
 *
 * **Units**  GiB
 *
 * @category conversions
 * @since 0.1.0
 */
export const nominalMemoryGiB = (name: string | undefined, reportedGiB: number | undefined): number | undefined => {
  if (name === undefined) return reportedGiB
  const found = identify(name, reportedGiB)
  if (typeof found === "string") return reportedGiB
  return reportedGiB === undefined || reports(found.memoryGiB, reportedGiB) ? found.memoryGiB : reportedGiB
}

/**
 * All GPUs we have one name for.
 *
 * @category constants
 * @since 0.1.0
 */
export const all: ReadonlyArray<Accelerator> = known.map(({ memoryGiB, name, vendor }) => ({ name, vendor, memoryGiB }))

const wished = (model: string, memoryGiB: number | undefined): ReadonlyArray<Known> => {
  const family = families.get(model) ?? []
  if (memoryGiB !== undefined) {
    const one = nearestTo(memoryGiB, kinsOf(model))
    return one === undefined ? [] : [one]
  }
  const own = family.find(({ isPlain }) => isPlain)
  return own === undefined ? family : [own]
}

const counted = (text: string): readonly [string, number | undefined] => {
  const [, before, after] = /^\s*(\d+)\s*[x×]\s*(.*\S)\s*$/i.exec(text) ?? []
  if (before !== undefined && after !== undefined) return [after, Number(before)]
  const [, name, behind] = /^\s*(.*\S)\s*(?::|\s[x×])\s*(\d+)\s*$/i.exec(text) ?? []
  return name === undefined ? [text.trim(), undefined] : [name, Number(behind)]
}

/**
 * Reads what people write: `A100 80GB`, `h100:8`, `2x RTX 4090`. Text comes back where it makes no sense, with what was
 * probably meant; a kind that is in no table is no mistake yet (see `unknownGpu`).
 *
 * **Details**  a name that is one's own means that kind alone (`V100` has 16 GB, `H100` is not the NVL card); a name that
 * several share means all of them (`A100`).
 *
 * @category conversions
 * @since 0.1.0
 */
export const parseGpu = (text: string): GpuWish | string => {
  const [name, count] = counted(text)
  const { memoryGiB, model: said } = plain(name)
  const model = modelOf(said)
  if (model === "") return `"${text}" names no GPU; for example H100, "A100 80GB" or h100:8`
  if (count === 0) return `"${text}" asks for no GPU at all`
  const found = wished(model, memoryGiB)
  const family = families.get(model)
  if (found.length === 0 && family !== undefined && memoryGiB !== undefined) {
    const has = kinsOf(model).map((each) => `${each.name} (${each.memoryGiB} GB)`)
    return `there is no ${model.toUpperCase()} with ${memoryGiB} GB; there is ${has.join(" and ")}`
  }
  return { text: name, count, model, memoryGiB, accelerators: found }
}

/**
 * Whether a GPU is what was wished for.
 *
 * @category predicates
 * @since 0.1.0
 */
export const matchesGpu = (wish: GpuWish, name: string, reportedGiB: number | undefined): boolean => {
  const found = identify(name, reportedGiB)
  if (typeof found !== "string") return wish.accelerators.some((each) => each.name === found.name)
  if (found !== wish.model) return false
  return wish.memoryGiB === undefined || (reportedGiB !== undefined && reports(wish.memoryGiB, reportedGiB))
}

/**
 * Why nobody can have a GPU of that name, when neither we nor any of the `present` names know it, with what was
 * probably meant.
 *
 * @category decisions
 * @since 0.1.0
 */
export const unknownGpu = (wish: GpuWish, present: Iterable<string>): string | undefined => {
  if (wish.accelerators.length > 0) return undefined
  const names = [...present]
  if (names.some((name) => modelOf(plain(name).model) === wish.model)) return undefined
  const kinds = [...known.map(({ name }) => name), ...names]
  const suggestion = didYouMean(wish.text, kinds) || didYouMean(wish.model, kinds)
  return `nobody rents a GPU called "${wish.text}".${suggestion}`
}
