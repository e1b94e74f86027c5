/** A computer whose owner rents out its GPUs. All of these are made up. */
export interface Host {
  readonly machineId: number
  readonly hostId: number
  readonly gpuName: string
  readonly gpus: number
  /** Of each. */
  readonly gpuRamMib: number
  readonly cores: number | null
  readonly ramMib: number
  readonly diskGb: number
  readonly country: string
  readonly city: string
  readonly reliability: number
  readonly verification: "verified" | "unverified" | "deverified"
  readonly isDatacenter: boolean
  readonly isExternal: boolean
  readonly directPorts: number
  readonly downMbps: number
  readonly cudaMax: number
  /** For how many days it is rented out. */
  readonly days: number
  /** Of a GB in a month. */
  readonly storageUsd: number
  /** Of a GB. */
  readonly uploadUsd: number
  readonly downloadUsd: number
  /** Of one GPU in an hour. */
  gpuUsd: number
  /** The lowest that is taken for one GPU in an hour. */
  lowestBid: number
}

const host = (machineId: number, gpuName: string, gpus: number, gpuUsd: number, more: Partial<Host> = {}): Host => ({
  machineId,
  hostId: 50_000 + machineId,
  gpuName,
  gpus,
  gpuRamMib: 24_564,
  cores: gpus * 16,
  ramMib: gpus * 64_393,
  diskGb: 1607.875,
  country: "US",
  city: "Washington",
  reliability: 0.9936,
  verification: "verified",
  isDatacenter: false,
  isExternal: false,
  directPorts: 249,
  downMbps: 812.4,
  cudaMax: 12.8,
  days: 90,
  storageUsd: 0.15,
  uploadUsd: 0.01,
  downloadUsd: 0.005,
  gpuUsd,
  lowestBid: Math.round(gpuUsd * 550) / 1000,
  ...more
})

export const hosts: ReadonlyArray<Host> = [
  // More than any host has: many tests rent the cheapest at once.
  host(1101, "RTX 3060", 96, 0.064, {
    gpuRamMib: 12_288,
    cores: 384,
    ramMib: 1_545_960,
    country: "DE",
    city: "Saxony"
  }),
  host(1102, "RTX 3090", 8, 0.155, { gpuRamMib: 24_576, country: "SE", city: "Stockholm" }),
  host(1103, "RTX 4090", 8, 0.304),
  host(1104, "RTX 4090", 4, 0.295, { country: "CN", city: "Guangxi", reliability: 0.9701, uploadUsd: 0 }),
  host(1105, "RTX 5090", 4, 0.451, { gpuRamMib: 32_607, cudaMax: 13 }),
  host(1106, "RTX A6000", 4, 0.372, { gpuRamMib: 49_140, country: "NL", city: "Amsterdam", isDatacenter: true }),
  host(1107, "A100 SXM4", 8, 0.811, { gpuRamMib: 81_920, isDatacenter: true, country: "FI", city: "Helsinki" }),
  host(1108, "H100 SXM", 8, 1.742, { gpuRamMib: 81_559, isDatacenter: true, diskGb: 24_000 }),
  host(1109, "H100 NVL", 2, 1.611, { gpuRamMib: 95_830, country: "JP", city: "Tokyo" }),
  host(1110, "H200", 8, 2.243, { gpuRamMib: 143_771, isDatacenter: true, diskGb: 24_000 }),
  // Whom nobody should take: not looked at, not there often, with no word on its cores, somebody else's, soon over.
  host(1190, "RTX 4090", 2, 0.151, { verification: "unverified" }),
  host(1191, "RTX 4090", 2, 0.152, { reliability: 0.81 }),
  host(1192, "RTX 4090", 2, 0.153, { cores: null }),
  host(1193, "RTX 4090", 2, 0.154, { isExternal: true }),
  host(1194, "RTX 4090", 2, 0.155, { days: 0.4 }),
  host(1195, "RTX 4090", 2, 0.156, { downMbps: 22 }),
  host(1196, "RTX 4090", 2, 0.157, { directPorts: 0 })
]
