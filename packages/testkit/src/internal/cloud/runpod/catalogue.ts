type Level = "NONE" | "LOW" | "MEDIUM" | "HIGH"

/** Where it is, by data center; those of the community cloud are other people's. */
export type Stock = Readonly<Record<string, Level>>

export interface GpuType {
  readonly id: string
  readonly name: string
  readonly manufacturer: "NVIDIA" | "AMD"
  readonly memory: number
  readonly secure: boolean
  readonly community: boolean
  readonly price: { readonly secure: number; readonly community: number }
  readonly maxCount: { readonly secure: number; readonly community: number }
  readonly stock: { readonly secure: Stock; readonly community: Stock }
  readonly cudaVersions: ReadonlyArray<string>
}

export interface CpuType {
  readonly id: string
  readonly name: string
  readonly group: string
  readonly vcpu: { readonly min: number; readonly max: number }
  readonly ramGbPerVcpu: number
  readonly price: { readonly securePerVcpu: number; readonly serverlessPerVcpu: number }
  readonly stock: Stock
}

/** Of the right size, and nobody's real price list. */
export const gpuTypes: ReadonlyArray<GpuType> = [
  {
    id: "NVIDIA GeForce RTX 4090",
    name: "RTX 4090",
    manufacturer: "NVIDIA",
    memory: 24,
    secure: true,
    community: true,
    price: { secure: 0.69, community: 0.34 },
    maxCount: { secure: 8, community: 4 },
    stock: { secure: { "US-KS-2": "HIGH", "EU-RO-1": "LOW" }, community: { "CA-MTL-1": "MEDIUM" } },
    cudaVersions: ["12.4", "12.8", "13.0"]
  },
  {
    id: "NVIDIA H100 80GB HBM3",
    name: "H100 SXM",
    manufacturer: "NVIDIA",
    memory: 80,
    secure: true,
    community: true,
    price: { secure: 2.69, community: 2.39 },
    maxCount: { secure: 8, community: 8 },
    stock: { secure: { "US-KS-2": "MEDIUM", "EU-RO-1": "NONE" }, community: {} },
    cudaVersions: ["12.8"]
  },
  {
    id: "NVIDIA RTX A4000",
    name: "RTX A4000",
    manufacturer: "NVIDIA",
    memory: 16,
    secure: true,
    community: true,
    price: { secure: 0.25, community: 0.17 },
    maxCount: { secure: 4, community: 4 },
    stock: { secure: { "EU-RO-1": "HIGH" }, community: { "CA-MTL-1": "HIGH" } },
    cudaVersions: ["12.8"]
  },
  {
    // There is a price also where it is not rented out.
    id: "NVIDIA GeForce RTX 3070",
    name: "RTX 3070",
    manufacturer: "NVIDIA",
    memory: 8,
    secure: false,
    community: true,
    price: { secure: 0.1, community: 0.13 },
    maxCount: { secure: 2, community: 2 },
    stock: { secure: {}, community: { "CA-MTL-1": "LOW" } },
    cudaVersions: ["12.8"]
  },
  {
    id: "AMD Instinct MI300X OAM",
    name: "MI300X",
    manufacturer: "AMD",
    memory: 192,
    secure: true,
    community: false,
    price: { secure: 2.49, community: 0 },
    maxCount: { secure: 8, community: 0 },
    stock: { secure: { "EU-RO-1": "LOW" }, community: {} },
    cudaVersions: []
  }
]

export const cpuTypes: ReadonlyArray<CpuType> = [
  {
    id: "cpu3c",
    name: "Compute-Optimized",
    group: "Gen 3",
    vcpu: { min: 2, max: 32 },
    ramGbPerVcpu: 2,
    price: { securePerVcpu: 0.03, serverlessPerVcpu: 0.04 },
    stock: { "US-KS-2": "HIGH", "EU-RO-1": "MEDIUM" }
  },
  {
    id: "cpu5g",
    name: "General Purpose",
    group: "Gen 5",
    vcpu: { min: 2, max: 16 },
    ramGbPerVcpu: 4,
    price: { securePerVcpu: 0.04, serverlessPerVcpu: 0.05 },
    stock: { "EU-RO-1": "NONE" }
  }
]

export const dataCenters: Readonly<Record<string, string>> = {
  "US-KS-2": "US Kansas 2",
  "EU-RO-1": "EU Romania 1",
  "CA-MTL-1": "CA Montreal 1"
}

const levels: ReadonlyArray<Level> = ["NONE", "LOW", "MEDIUM", "HIGH"]

/** The best of all. */
export const overall = (stock: Stock): Level =>
  Object.values(stock).reduce<Level>(
    (best, level) => (levels.indexOf(level) > levels.indexOf(best) ? level : best),
    "NONE"
  )
