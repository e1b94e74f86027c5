/** What this cloud rents out: plausible, and nobody's real prices. */
export const plans = [
  {
    id: "c2",
    vcpus: 2,
    memory_mib: 4096,
    disk_gib: 40,
    usd_per_hour: 0.02,
    gpu: null,
    sites: [
      { id: "north", in_stock: true },
      { id: "south", in_stock: true }
    ]
  },
  {
    id: "g1-l4",
    vcpus: 8,
    memory_mib: 32_768,
    disk_gib: 200,
    usd_per_hour: 0.61,
    gpu: { model: "L4", count: 1, memory_mib: 24_576 },
    sites: [
      { id: "north", in_stock: true },
      { id: "south", in_stock: false }
    ]
  },
  {
    id: "g8-h100",
    vcpus: 96,
    memory_mib: 1_048_576,
    disk_gib: 2000,
    usd_per_hour: 19.2,
    gpu: { model: "H100", count: 8, memory_mib: 81_920 },
    sites: [{ id: "north", in_stock: true }]
  }
] as const

export type Plan = (typeof plans)[number]
