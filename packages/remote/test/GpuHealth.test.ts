import { assert, describe, it } from "@effect/vitest"
import { judge, type Report } from "@runctl/remote/GpuHealth"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

interface Gpu {
  readonly volatile?: number | string
  readonly aggregate?: number | string
  readonly remapped?: "Yes" | "No" | "N/A"
  readonly recovery?: string
  readonly temperature?: string
}

/** One GPU as `nvidia-smi -q` prints it, of all its lines those that matter and their neighbours. */
const gpu = (
  index: number,
  { aggregate = 0, recovery = "None", remapped = "No", temperature = "34 C", volatile = 0 }: Gpu
) => `
GPU 00000000:${index.toString(16).padStart(2, "0").toUpperCase()}:00.0
    Product Name                          : NVIDIA H100 80GB HBM3
    GPU Recovery Action                   : ${recovery}
    ECC Mode
        Current                           : Enabled
        Pending                           : Enabled
    ECC Errors
        Volatile
            SRAM Correctable              : 12
            SRAM Uncorrectable Parity     : 0
            SRAM Uncorrectable SEC-DED    : 0
            DRAM Correctable              : 3
            DRAM Uncorrectable            : ${volatile}
        Aggregate
            SRAM Correctable              : 12
            SRAM Uncorrectable Parity     : 0
            DRAM Correctable              : 3
            DRAM Uncorrectable            : ${aggregate}
            SRAM Threshold Exceeded       : No
        Aggregate Uncorrectable SRAM Sources
            SRAM L2                       : 0
    Remapped Rows
        Correctable Error                 : 0
        Uncorrectable Error               : 0
        Pending                           : No
        Remapping Failure Occurred        : ${remapped}
    Temperature
        GPU Current Temp                  : ${temperature}
    Processes                             : None`

const nvidia = (gpus: ReadonlyArray<Gpu>, exitCode = 0): Report => ({
  tool: "nvidia-smi",
  exitCode,
  text: `
==============NVSMI LOG==============

Timestamp                                 : Thu Nov 26 20:00:00 2026
Driver Version                            : 570.86.15
Attached GPUs                             : ${gpus.length}
${gpus.map((each, index) => gpu(index + 0x19, each)).join("\n")}
`
})

const why = (wanted: number, report: Report | undefined): string => {
  const verdict = judge(wanted, report)
  return verdict._tag === "Well" ? "well" : verdict.why
}

describe("the GPUs of a machine", () => {
  it("are well when all that were rented are there and say nothing bad", () => {
    assert.deepStrictEqual(judge(8, nvidia(Array.from({ length: 8 }, () => ({})))), { _tag: "Well", gpus: 8 })
    assert.deepStrictEqual(judge(1, nvidia([{}, {}])), { _tag: "Well", gpus: 2 })
  })

  it("are too few when one is missing, and the program's own words are told", () => {
    assert.strictEqual(why(2, nvidia([{}])), "1 of 2 GPUs are there")
    const text = "Unable to determine the device handle for GPU0000:3B:00.0: Unknown Error"
    assert.strictEqual(
      why(8, { tool: "nvidia-smi", exitCode: 255, text }),
      `0 of 8 GPUs are there: nvidia-smi ended with 255 and said: ${text}`
    )
  })

  for (const [what, broken, words] of [
    ["memory errors since boot", { volatile: 2 }, /could not be corrected/],
    ["rows that cannot be replaced", { remapped: "Yes" }, /spare rows/],
    ["a reset that is needed", { recovery: "Reset" }, /recovery action/],
    ["a reboot that is needed", { recovery: "Reboot" }, /recovery action/],
    ["no answer", { temperature: "ERR!" }, /no answer/]
  ] as const satisfies ReadonlyArray<readonly [string, Gpu, RegExp]>) {
    it(`are bad with ${what}, and it is said which one`, () => {
      const said = why(2, nvidia([{}, broken]))
      assert.match(said, words)
      assert.include(said, "GPU 00000000:1A:00.0")
    })
  }

  it("are not judged by what happened in their earlier life, nor by what they do not count", () => {
    assert.strictEqual(why(1, nvidia([{ aggregate: 7 }])), "well")
    assert.strictEqual(why(1, nvidia([{ volatile: "N/A", aggregate: "N/A", remapped: "N/A" }])), "well")
  })

  it("of AMD are counted", () => {
    const text = "GPU[0]\t\t: Device Name: MI300X\nGPU[0]\t\t: GUID: 1\nGPU[1]\t\t: Device Name: MI300X\n"
    assert.deepStrictEqual(judge(2, { tool: "rocm-smi", exitCode: 0, text }), { _tag: "Well", gpus: 2 })
    assert.strictEqual(why(3, { tool: "rocm-smi", exitCode: 0, text }), "2 of 3 GPUs are there")
  })

  it("are unknown where nobody can tell, and of no interest where none were rented", () => {
    assert.strictEqual(judge(1, undefined)._tag, "Unknown")
    assert.strictEqual(judge(0, undefined)._tag, "Well")
  })

  it.prop(
    "are bad exactly when one is missing or one of those that are there is broken",
    {
      wanted: Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))),
      volatile: Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 }))))
    },
    ({ volatile, wanted }) => {
      const few = volatile.slice(0, 9)
      const isGood = few.length >= wanted && few.every((errors) => errors === 0)
      return (judge(wanted, nvidia(few.map((errors) => ({ volatile: errors }))))._tag === "Well") === isGood
    }
  )
})
