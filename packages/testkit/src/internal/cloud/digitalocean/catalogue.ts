export interface GpuInfo {
  readonly count: number
  readonly model: string
  readonly vram: { readonly amount: number; readonly unit: string }
}

export interface DiskInfo {
  readonly type: "local" | "scratch"
  readonly size: { readonly amount: number; readonly unit: string }
}

/** A size as the API shows it. */
export interface Size {
  readonly slug: string
  readonly memory: number
  readonly vcpus: number
  readonly disk: number
  readonly transfer: number
  readonly price_monthly: number
  readonly price_hourly: number
  readonly regions: ReadonlyArray<string>
  readonly available: boolean
  readonly description: string
  readonly networking_throughput: number
  readonly disk_info: ReadonlyArray<DiskInfo>
  readonly gpu_info?: GpuInfo
}

export interface Region {
  readonly name: string
  readonly slug: string
  readonly features: ReadonlyArray<string>
  readonly available: boolean
  readonly sizes: ReadonlyArray<string>
}

export interface Image {
  readonly id: number
  readonly name: string
  readonly type: "base"
  readonly distribution: string
  readonly slug: string
  readonly public: boolean
  readonly regions: ReadonlyArray<string>
  readonly created_at: string
  readonly min_disk_size: number
  readonly size_gigabytes: number
  readonly description: string
  readonly tags: ReadonlyArray<string>
  readonly status: "available"
  readonly error_message: string
}

const everywhere = ["ams3", "blr1", "fra1", "lon1", "nyc1", "nyc3", "sfo3", "sgp1", "syd1", "tor1"]

const gib = (amount: number) => ({ amount, unit: "gib" })

const hoursInMonth = 672

const monthly = (hourly: number): number => Math.round(hourly * hoursInMonth * 100) / 100

const cpu = (slug: string, vcpus: number, memoryGiB: number, disk: number, hourly: number, kind: string): Size => ({
  slug,
  memory: memoryGiB * 1024,
  vcpus,
  disk,
  transfer: Math.min(vcpus, 10),
  price_monthly: monthly(hourly),
  price_hourly: hourly,
  regions: kind === "Basic" ? everywhere : everywhere.filter((region) => region !== "blr1"),
  available: true,
  description: kind,
  networking_throughput: 2000,
  disk_info: [{ type: "local", size: gib(disk) }]
})

interface GpuSize {
  readonly slug: string
  readonly model: string
  readonly count: number
  readonly vramEach: number
  readonly vcpus: number
  readonly memoryGiB: number
  readonly disk: number
  readonly scratch: number
  readonly hourly: number
  readonly regions: ReadonlyArray<string>
}

const gpu = (size: GpuSize): Size => ({
  slug: size.slug,
  memory: size.memoryGiB * 1024,
  vcpus: size.vcpus,
  disk: size.disk,
  transfer: 15 * Math.min(size.count, 4),
  price_monthly: monthly(size.hourly),
  price_hourly: size.hourly,
  regions: size.regions,
  available: true,
  description: `${size.model.split("_").slice(1).join(" ").toUpperCase()} GPU - ${size.count}X`,
  networking_throughput: 10_000,
  // The memory of all GPUs together, as the vendor has it.
  gpu_info: { count: size.count, model: size.model, vram: gib(size.vramEach * size.count) },
  disk_info: [
    { type: "local", size: gib(size.disk) },
    ...(size.scratch === 0 ? [] : [{ type: "scratch", size: gib(size.scratch) } as const])
  ]
})

const h100 = { model: "nvidia_h100", vramEach: 80, regions: ["nyc1", "tor1"] }
const h200 = { model: "nvidia_h200", vramEach: 141, regions: ["nyc1", "ams3"] }
const mi300x = { model: "amd_mi300x", vramEach: 192, regions: ["nyc1"] }
const one = { count: 1, vcpus: 20, memoryGiB: 240, disk: 720, scratch: 5120 }
const eight = { count: 8, vcpus: 160, memoryGiB: 1920, disk: 2046, scratch: 40_960 }
const small = { count: 1, vcpus: 8, memoryGiB: 64, disk: 500, scratch: 0 }

/** Our own: the shape is the vendor's, the rows and prices are plausible and nothing more. */
export const sizes: ReadonlyArray<Size> = [
  cpu("s-1vcpu-1gb", 1, 1, 25, 0.009, "Basic"),
  cpu("s-1vcpu-2gb", 1, 2, 50, 0.018, "Basic"),
  cpu("s-2vcpu-4gb", 2, 4, 80, 0.036, "Basic"),
  cpu("s-4vcpu-8gb", 4, 8, 160, 0.072, "Basic"),
  cpu("s-8vcpu-16gb", 8, 16, 320, 0.144, "Basic"),
  cpu("c-4", 4, 8, 50, 0.125, "CPU-Optimized"),
  cpu("g-8vcpu-32gb", 8, 32, 100, 0.38, "General Purpose"),
  cpu("m-8vcpu-64gb", 8, 64, 200, 0.5, "Memory-Optimized"),
  gpu({
    ...small,
    model: "nvidia_rtx4000_ada",
    slug: "gpu-4000adax1-20gb",
    vramEach: 20,
    hourly: 0.77,
    regions: ["tor1"]
  }),
  gpu({
    ...small,
    model: "nvidia_rtx6000_ada",
    slug: "gpu-6000adax1-48gb",
    vramEach: 48,
    hourly: 1.58,
    regions: ["tor1"]
  }),
  gpu({ ...small, model: "nvidia_l40s", slug: "gpu-l40sx1-48gb", vramEach: 48, hourly: 1.59, regions: ["tor1"] }),
  gpu({ ...one, ...h100, slug: "gpu-h100x1-80gb", hourly: 3.41 }),
  gpu({ ...eight, ...h100, slug: "gpu-h100x8-640gb", hourly: 24.05 }),
  gpu({ ...one, ...h200, slug: "gpu-h200x1-141gb", hourly: 3.46 }),
  gpu({ ...eight, ...h200, slug: "gpu-h200x8-1128gb", hourly: 27.61 }),
  gpu({ ...one, ...mi300x, slug: "gpu-mi300x1-192gb", hourly: 1.98 }),
  gpu({ ...eight, ...mi300x, slug: "gpu-mi300x8-1536gb", hourly: 15.9 })
]

const names: Readonly<Record<string, string>> = {
  ams3: "Amsterdam 3",
  blr1: "Bangalore 1",
  fra1: "Frankfurt 1",
  lon1: "London 1",
  nyc1: "New York 1",
  nyc2: "New York 2",
  nyc3: "New York 3",
  sfo3: "San Francisco 3",
  sgp1: "Singapore 1",
  syd1: "Sydney 1",
  tor1: "Toronto 1"
}

/** One of them takes no new machines and has no sizes, as happens. */
export const regions: ReadonlyArray<Region> = Object.entries(names).map(([slug, name]) => ({
  name,
  slug,
  features: ["backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"],
  available: slug !== "nyc2",
  sizes: sizes.filter((size) => size.regions.includes(slug)).map((size) => size.slug)
}))

const image = (id: number, slug: string, name: string, distribution: string, disk: number): Image => ({
  id,
  name,
  type: "base",
  distribution,
  slug,
  public: true,
  regions: everywhere,
  created_at: "2026-01-15T12:00:00Z",
  min_disk_size: disk,
  size_gigabytes: 2.5,
  description: name,
  tags: [],
  status: "available",
  error_message: ""
})

export const images: ReadonlyArray<Image> = [
  image(700_001, "ubuntu-24-04-x64", "24.04 (LTS) x64", "Ubuntu", 10),
  image(700_002, "ubuntu-22-04-x64", "22.04 (LTS) x64", "Ubuntu", 10),
  image(700_003, "debian-12-x64", "12 x64", "Debian", 10),
  image(700_101, "gpu-h100x1-base", "NVIDIA AI/ML Ready, one GPU", "Ubuntu", 100),
  image(700_102, "gpu-h100x8-base", "NVIDIA AI/ML Ready, eight GPUs", "Ubuntu", 100),
  image(700_103, "gpu-amd-base", "AMD AI/ML Ready", "Ubuntu", 100)
]
