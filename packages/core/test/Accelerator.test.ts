import { assert, it } from "@effect/vitest"
import * as Accelerator from "@runctl/core/Accelerator"

const { all, canonicalName, matchesGpu, nominalMemoryGiB, parseGpu, unknownGpu } = Accelerator

const wish = (text: string): Accelerator.GpuWish => {
  const found = parseGpu(text)
  if (typeof found === "string") throw new Error(found)
  return found
}
const kinds = (text: string) => wish(text).accelerators.map(({ name }) => name)

it.each([
  ["NVIDIA A100-SXM4-80GB", undefined, "A100-80GB"],
  ["NVIDIA A100 80GB PCIe", undefined, "A100-80GB"],
  ["A100_PCIE", 79.2, "A100-80GB"],
  ["a100", 39.56, "A100-40GB"],
  ["A100", undefined, "A100"],
  ["NVIDIA H100 80GB HBM3", undefined, "H100"],
  ["nvidia_h100", 80, "H100"],
  ["NVIDIA HGX H100", undefined, "H100"],
  ["H100_SXM", 79.647461, "H100"],
  ["H100_NVL", 93.6, "H100-NVL"],
  ["H100", 93.6, "H100-NVL"],
  ["H200-SXM", 140.4, "H200"],
  ["NVIDIA H200 NVL", 141, "H200"],
  ["NVIDIA B300 SXM6 AC", 268.6, "B300"],
  ["B300", 262, "B300"],
  ["amd_mi300x", 192, "MI300X"],
  ["AMD Instinct MI300X OAM", undefined, "MI300X"],
  ["NVIDIA GeForce RTX 4090", 24, "RTX4090"],
  ["RTX_4090", 47.99, "RTX4090-48GB"],
  ["RTX_4070S_Ti", 16, "RTX4070Ti-SUPER"],
  ["RTX_4060_Ti", 15.99, "RTX4060Ti"],
  ["RTX_6000Ada", 47.99, "RTX6000-Ada"],
  ["NVIDIA RTX 6000 Ada Generation", undefined, "RTX6000-Ada"],
  ["RTX6000", 24, "RTX6000"],
  ["RTX PRO Server 6000", 95.6, "RTXPRO6000"],
  ["NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", 96, "RTXPRO6000"],
  ["RTX_PRO_6000_S", 95.6, "RTXPRO6000"],
  ["RTX PRO 4500", 32, "RTXPRO4500"],
  ["A6000", 48, "RTXA6000"],
  ["NVIDIA RTX A6000", undefined, "RTXA6000"],
  ["Tesla V100-SXM2-32GB", undefined, "V100-32GB"],
  ["Tesla_V100", 16, "V100"],
  ["T4g", 16, "T4g"],
  ["Radeon Pro V520", 8, "Radeon-Pro-V520"],
  ["L4", 2.796875, "L4"],
  ["NVIDIA L40S", 44.7, "L40S"],
  ["Some New GPU", 12, "Some New GPU"]
])("%s with %s GiB is %s", (name, memory, expected) => {
  assert.strictEqual(canonicalName(name, memory), expected)
})

it("every canonical name is its own canonical name, and a wish for exactly that kind", () => {
  assert.isAbove(all.length, 40)
  for (const { memoryGiB, name } of all) {
    assert.strictEqual(canonicalName(name), name)
    assert.strictEqual(canonicalName(name, memoryGiB), name)
    assert.deepStrictEqual(kinds(name), [name])
  }
})

it("reads what people write", () => {
  assert.deepStrictEqual(kinds("A100 80GB"), ["A100-80GB"])
  assert.deepStrictEqual(kinds("a100-80g"), ["A100-80GB"])
  assert.deepStrictEqual(kinds("A100"), ["A100-40GB", "A100-80GB"])
  assert.deepStrictEqual(kinds("4090"), ["RTX4090"])
  assert.deepStrictEqual(kinds("h100 nvl"), ["H100-NVL"])
  for (const text of ["h100:8", "8x H100", "8xh100", "H100 x8", "H100 × 8"]) {
    assert.deepInclude(wish(text), { count: 8 }, text)
    assert.deepStrictEqual(kinds(text), ["H100"], text)
  }
  assert.strictEqual(wish("h100").count, undefined)
})

it("says what is wrong with what makes no sense", () => {
  assert.include(parseGpu("A100 60GB"), "there is A100-40GB (40 GB) and A100-80GB (80 GB)")
  assert.include(parseGpu("gpu"), "names no GPU")
  assert.include(parseGpu("h100:0"), "no GPU at all")
})

it("suggests what was probably meant for a name nobody knows", () => {
  assert.include(unknownGpu(wish("H10"), []), '"H100"')
  assert.include(unknownGpu(wish("RTX 409"), []), "RTX4090")
  assert.match(unknownGpu(wish("zzzzzzzz"), []) ?? "", /nobody rents a GPU called "zzzzzzzz"\.$/)
  assert.isUndefined(unknownGpu(wish("L40"), ["NVIDIA L40"]))
  assert.isUndefined(unknownGpu(wish("A100"), []))
})

it("a wish is met by its kind only", () => {
  assert.isTrue(matchesGpu(wish("A100"), "A100", undefined))
  assert.isTrue(matchesGpu(wish("A100 80GB"), "NVIDIA A100", 79.2))
  assert.isFalse(matchesGpu(wish("A100 80GB"), "A100", 40))
  assert.isFalse(matchesGpu(wish("A100 80GB"), "A100", undefined))
  assert.isFalse(matchesGpu(wish("H100"), "H100 NVL", 94))
  assert.isFalse(matchesGpu(wish("RTX6000"), "RTX 6000 Ada", 48))
  assert.isTrue(matchesGpu(wish("l40 48gb"), "NVIDIA L40", 45))
  assert.isFalse(matchesGpu(wish("l40 48gb"), "NVIDIA L40", 24))
})

it("printed memory stands beside what is reported, but for slices and unknown kinds", () => {
  assert.strictEqual(nominalMemoryGiB("H100", 79.65), 80)
  assert.strictEqual(nominalMemoryGiB("B300", 262), 288)
  assert.strictEqual(nominalMemoryGiB("A10G", 22.35), 24)
  assert.strictEqual(nominalMemoryGiB("L4", 2.8), 2.8)
  assert.strictEqual(nominalMemoryGiB("H100", undefined), 80)
  assert.strictEqual(nominalMemoryGiB("A100", undefined), undefined)
  assert.strictEqual(nominalMemoryGiB("Some New GPU", 11), 11)
})
