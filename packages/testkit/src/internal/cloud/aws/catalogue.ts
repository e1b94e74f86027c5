/**
 * What is rented out here: a few shapes, zones and prices that are like the real ones and are none.
 */
export interface Type {
  readonly name: string
  readonly vcpus: number
  readonly memoryMiB: number
  readonly gpu?: {
    readonly name: string
    readonly maker: string
    readonly count: number
    readonly logical: number
    readonly share: number
    readonly memoryMiB: number
  }
  readonly arch: "x86_64" | "arm64"
  readonly classes: ReadonlyArray<string>
  /** On demand in the first region; nothing where it is only sold in blocks. */
  readonly usd: number | undefined
  /** Letters of the zones that have it. */
  readonly zones: string
}

const nvidia = (name: string, count: number, memoryMiB: number) => ({
  name,
  maker: "NVIDIA",
  count,
  logical: count,
  share: 1,
  memoryMiB
})

const both = ["on-demand", "spot"]

export const types: ReadonlyArray<Type> = [
  { name: "t3.micro", vcpus: 2, memoryMiB: 1024, arch: "x86_64", classes: both, usd: 0.0104, zones: "abc" },
  { name: "t4g.small", vcpus: 2, memoryMiB: 2048, arch: "arm64", classes: both, usd: 0.0168, zones: "abc" },
  { name: "m5.xlarge", vcpus: 4, memoryMiB: 16_384, arch: "x86_64", classes: both, usd: 0.192, zones: "abc" },
  { name: "c5.24xlarge", vcpus: 96, memoryMiB: 196_608, arch: "x86_64", classes: both, usd: 4.08, zones: "abc" },
  {
    name: "g4dn.xlarge",
    vcpus: 4,
    memoryMiB: 16_384,
    gpu: nvidia("T4", 1, 16_384),
    arch: "x86_64",
    classes: both,
    usd: 0.526,
    zones: "abc"
  },
  {
    name: "g5.xlarge",
    vcpus: 4,
    memoryMiB: 16_384,
    gpu: nvidia("A10G", 1, 22_888),
    arch: "x86_64",
    classes: both,
    usd: 1.006,
    zones: "ab"
  },
  {
    name: "g6f.large",
    vcpus: 2,
    memoryMiB: 8192,
    gpu: { name: "L4", maker: "NVIDIA", count: 0, logical: 1, share: 0.125, memoryMiB: 2861 },
    arch: "x86_64",
    classes: both,
    usd: 0.202,
    zones: "ab"
  },
  {
    name: "g5g.xlarge",
    vcpus: 4,
    memoryMiB: 8192,
    gpu: nvidia("T4g", 1, 16_384),
    arch: "arm64",
    classes: both,
    usd: 0.42,
    zones: "b"
  },
  {
    name: "g4ad.xlarge",
    vcpus: 4,
    memoryMiB: 16_384,
    gpu: { ...nvidia("Radeon Pro V520", 1, 8192), maker: "AMD" },
    arch: "x86_64",
    classes: both,
    usd: 0.378,
    zones: "ac"
  },
  {
    name: "p4d.24xlarge",
    vcpus: 96,
    memoryMiB: 1_179_648,
    gpu: nvidia("A100", 8, 40_960),
    arch: "x86_64",
    classes: ["capacity-block", ...both],
    usd: 21.957_642,
    zones: "bc"
  },
  {
    name: "p5.48xlarge",
    vcpus: 192,
    memoryMiB: 2_097_152,
    gpu: nvidia("H100", 8, 81_920),
    arch: "x86_64",
    classes: ["capacity-block", ...both],
    usd: 55.04,
    zones: "a"
  },
  {
    name: "p5e.48xlarge",
    vcpus: 192,
    memoryMiB: 2_097_152,
    gpu: nvidia("H200", 8, 144_384),
    arch: "x86_64",
    classes: ["capacity-block"],
    usd: undefined,
    zones: "a"
  }
]

/** How much dearer a region is than the first. */
export const regions: Readonly<Record<string, { readonly factor: number; readonly optIn: string }>> = {
  "us-east-1": { factor: 1, optIn: "opt-in-not-required" },
  "us-west-2": { factor: 1, optIn: "opt-in-not-required" },
  "eu-central-1": { factor: 1.2, optIn: "opt-in-not-required" },
  "me-central-1": { factor: 1.3, optIn: "not-opted-in" }
}

/** What a spot machine costs in a zone, as a share of the price on demand. */
const shares: Readonly<Record<string, number>> = { a: 0.4, b: 0.3, c: 0.5 }

/** Prices have a few digits, in whatever region. */
const rounded = (usd: number): number => Math.round(usd * 1e6) / 1e6

export const onDemandUsd = (type: Type, region: string): number | undefined =>
  type.usd === undefined ? undefined : rounded(type.usd * (regions[region]?.factor ?? 1))

export const spotUsd = (type: Type, region: string, letter: string): number | undefined => {
  const usd = onDemandUsd(type, region)
  return usd === undefined || !type.classes.includes("spot") ? undefined : rounded(usd * (shares[letter] ?? 1))
}

/** For a GB in a month. */
export const diskUsd: Readonly<Record<string, number>> = { gp3: 0.08, gp2: 0.1 }

export interface Image {
  readonly id: string
  readonly arch: Type["arch"]
  readonly rootGiB: number
  readonly rootDevice: string
  readonly parameter: string
}

export const images: ReadonlyArray<Image> = [
  {
    id: "ami-0000000000000a64a",
    arch: "x86_64",
    rootGiB: 8,
    rootDevice: "/dev/sda1",
    parameter: "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
  },
  {
    id: "ami-0000000000000b64b",
    arch: "arm64",
    rootGiB: 8,
    rootDevice: "/dev/sda1",
    parameter: "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"
  },
  {
    id: "ami-0000000000000c64c",
    arch: "x86_64",
    rootGiB: 75,
    rootDevice: "/dev/xvda",
    parameter: "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id"
  },
  {
    id: "ami-0000000000000d64d",
    arch: "arm64",
    rootGiB: 75,
    rootDevice: "/dev/sda1",
    parameter: "/aws/service/deeplearning/ami/arm64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id"
  }
]

/** Limits on vCPUs, by what runs on which market. */
export const quotaOf = (type: string, isSpot: boolean): string => {
  if (/^(g|gr|vt)\d/.test(type)) return isSpot ? "L-3819A6DF" : "L-DB2E81BA"
  if (/^p\d/.test(type)) return isSpot ? "L-7212CCBC" : "L-417A185B"
  return isSpot ? "L-34B43A08" : "L-1216C47A"
}
