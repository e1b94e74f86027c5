/** What a kind of machine is. Prices are US dollars per hour for the whole machine, in words as the vendor has them. */
export interface InstanceType {
  readonly name: string
  readonly model: string
  readonly gpus: number
  /** Of each GPU, in gigabytes. */
  readonly gpuMemory: number
  readonly gpuName: string
  readonly manufacturer: string
  readonly cores: number
  readonly memory: number
  readonly price: string
  readonly spotPrice: string
  readonly systems: ReadonlyArray<string>
}

const newer = [
  "ubuntu-22.04-cuda-12.4-docker",
  "ubuntu-24.04-cuda-12.8-open-docker",
  "ubuntu-24.04-cuda-13.0-open-docker"
]
const older = ["ubuntu-22.04-cuda-12.0-docker", "ubuntu-22.04"]
const plain = ["ubuntu-22.04", "ubuntu-24.04"]

const cpu = (cores: number, memory: number, price: string, spotPrice: string): InstanceType => ({
  name: `CPU.${cores}V.${memory}G`,
  model: "CPU Node",
  gpus: 0,
  gpuMemory: 0,
  gpuName: "",
  manufacturer: "AMD",
  cores,
  memory,
  price,
  spotPrice,
  systems: plain
})

/** Names are the vendor's, everything else is only plausible. */
export const types: ReadonlyArray<InstanceType> = [
  cpu(4, 16, "0.0279", "0.0125"),
  cpu(8, 32, "0.0558", "0.0250"),
  {
    name: "1V100.6V",
    model: "Tesla V100",
    gpus: 1,
    gpuMemory: 16,
    gpuName: "Tesla V100 16GB",
    manufacturer: "NVIDIA",
    cores: 6,
    memory: 23,
    price: "0.1381",
    spotPrice: "0.0690",
    systems: older
  },
  {
    name: "2A6000.20V",
    model: "RTX A6000",
    gpus: 2,
    gpuMemory: 48,
    gpuName: "RTX A6000 48GB",
    manufacturer: "NVIDIA",
    cores: 20,
    memory: 120,
    price: "0.9800",
    spotPrice: "0.4900",
    systems: older
  },
  {
    name: "1H100.80S.30V",
    model: "H100",
    gpus: 1,
    gpuMemory: 80,
    gpuName: "H100 SXM5 80GB",
    manufacturer: "NVIDIA",
    cores: 30,
    memory: 120,
    price: "2.2900",
    spotPrice: "0.8000",
    systems: [...newer, "cluster-ubuntu-22.04"]
  },
  {
    name: "8H100.80S.176V",
    model: "H100",
    gpus: 8,
    gpuMemory: 80,
    gpuName: "H100 SXM5 80GB",
    manufacturer: "NVIDIA",
    cores: 176,
    memory: 1480,
    price: "18.3200",
    spotPrice: "6.4000",
    systems: newer
  }
]

export const locations = [
  { code: "FIN-01", name: "Finland 1", country_code: "FI" },
  { code: "FIN-03", name: "Finland 3", country_code: "FI" },
  { code: "ICE-01", name: "Iceland 1", country_code: "IS" }
] as const

/** What can be had where, by market: what is not named is not there. */
export const stock: Readonly<Record<"demand" | "spot", Readonly<Record<string, ReadonlyArray<string>>>>> = {
  demand: {
    "FIN-01": ["CPU.4V.16G", "CPU.8V.32G", "1V100.6V", "2A6000.20V", "1H100.80S.30V"],
    "FIN-03": ["CPU.4V.16G", "CPU.8V.32G", "1H100.80S.30V", "8H100.80S.176V"]
  },
  spot: {
    "FIN-01": ["CPU.4V.16G", "1V100.6V", "2A6000.20V"],
    "ICE-01": ["CPU.4V.16G", "CPU.8V.32G", "1H100.80S.30V"]
  }
}

/** US dollars for a gigabyte of NVMe in a month of 730 hours. */
export const nvmeMonthly = 0.2

/** What is charged for a volume in an hour: rounded up to the tenth of a thousandth. */
export const volumeHourly = (gigabytes: number): number => Math.ceil(((nvmeMonthly * gigabytes) / 730) * 1e4) / 1e4
