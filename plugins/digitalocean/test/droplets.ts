import type { Recorded } from "./server.ts"

/** What the test's cloud has: enough of it to be asked everything the plugin asks. */
export interface World {
  readonly droplets: Map<number, FakeDroplet>
  readonly keys: Map<number, { readonly id: number; readonly name: string; readonly public_key: string }>
  readonly prices: Map<string, number>
  nextId: number
}

export interface FakeDroplet {
  readonly id: number
  readonly name: string
  readonly size: string
  readonly region: string
  readonly tags: ReadonlyArray<string>
  status: string
  address: string | undefined
}

interface Answer {
  readonly status: number
  readonly body?: unknown
}

export const newWorld = (): World => ({
  droplets: new Map(),
  keys: new Map(),
  prices: new Map([
    ["tiny", 0.00595],
    ["gpu-one", 2.5],
    ["gpu-eight", 23.92],
    ["gpu-amd", 1.99]
  ]),
  nextId: 1000
})

const refused = (status: number, id: string, message: string): Answer => ({ status, body: { id, message } })
export const notFound = refused(404, "not_found", "The resource you were accessing could not be found.")

const local = (amount: number) => ({ type: "local", size: { amount, unit: "gib" } })
const scratch = { type: "scratch", size: { amount: 5120, unit: "gib" } }
const gpu = (model: string, count: number, amount: number) => ({ count, model, vram: { amount, unit: "gib" } })

const sizes = ({ prices }: World) =>
  [
    {
      slug: "tiny",
      memory: 512,
      vcpus: 1,
      disk: 10,
      regions: ["ams3", "nyc1"],
      available: true,
      disk_info: [local(10)]
    },
    {
      slug: "gpu-one",
      memory: 245_760,
      vcpus: 20,
      disk: 720,
      regions: ["nyc1"],
      available: true,
      gpu_info: gpu("nvidia_h100", 1, 80),
      disk_info: [local(720), scratch]
    },
    {
      slug: "gpu-eight",
      memory: 1_966_080,
      vcpus: 160,
      disk: 2046,
      regions: ["nyc1", "tor1"],
      available: true,
      gpu_info: gpu("nvidia_h100", 8, 640)
    },
    {
      slug: "gpu-amd",
      memory: 245_760,
      vcpus: 20,
      disk: 720,
      regions: ["tor1"],
      available: false,
      gpu_info: gpu("amd_mi300x", 1, 192)
    }
  ].map((size) => ({ ...size, transfer: 1, price_hourly: prices.get(size.slug), price_monthly: 4, description: "" }))

const regions = ["ams3", "nyc1", "tor1"].map((slug) => ({
  slug,
  name: slug,
  features: [],
  available: true,
  sizes: []
}))

const shown = (world: World, droplet: FakeDroplet) => ({
  id: droplet.id,
  name: droplet.name,
  memory: 512,
  vcpus: 1,
  disk: 10,
  locked: false,
  status: droplet.status,
  created_at: "2026-11-20T10:00:00Z",
  features: [],
  tags: droplet.tags,
  size_slug: droplet.size,
  size: sizes(world).find(({ slug }) => slug === droplet.size),
  region: { slug: droplet.region, name: droplet.region },
  networks: {
    v4: [
      { ip_address: "10.0.0.2", netmask: "255.255.255.0", gateway: "nil", type: "private" },
      ...(droplet.address === undefined
        ? []
        : [{ ip_address: droplet.address, netmask: "255.255.255.0", gateway: "192.0.2.1", type: "public" }])
    ],
    v6: []
  }
})

/** One page of rows, with the links that lead to the next. */
export const pageOf = (
  field: string,
  rows: ReadonlyArray<unknown>,
  { path, query }: Pick<Recorded, "path" | "query">
): Answer => {
  const [page, size] = [Number(query["page"] ?? "1"), Number(query["per_page"] ?? "20")]
  const last = Math.max(1, Math.ceil(rows.length / size))
  const url = (number: number) => `https://api.digitalocean.com${path}?page=${number}&per_page=${size}`
  const pages = page < last ? { pages: { next: url(page + 1), last: url(last) } } : {}
  return {
    status: 200,
    body: { [field]: rows.slice((page - 1) * size, page * size), links: pages, meta: { total: rows.length } }
  }
}

const isGpu = ({ size }: FakeDroplet): boolean => size.startsWith("gpu")

const listed = (world: World, request: Recorded): Answer => {
  const { name, type = "droplets" } = request.query
  const rows = [...world.droplets.values()]
    .filter((droplet) => isGpu(droplet) === (type === "gpus") && (name === undefined || droplet.name === name))
    .map((droplet) => shown(world, droplet))
  return pageOf("droplets", rows, request)
}

const record = (value: unknown): Readonly<Record<string, unknown>> => Object(value)

const create = (world: World, { body }: Recorded): Answer => {
  const { image, name, region, size, ssh_keys: keys, tags } = record(body)
  if (!String(image).match(/^(\d+|ubuntu-24-04-x64|gpu-.*-base)$/)) {
    return refused(422, "unprocessable_entity", "You specified an invalid image for Droplet creation.")
  }
  const unknown = Array.isArray(keys) ? keys.find((key) => !world.keys.has(Number(key))) : undefined
  if (unknown !== undefined) {
    return refused(422, "unprocessable_entity", `${unknown} are invalid key identifiers for Droplet creation.`)
  }
  const id = world.nextId++
  const droplet: FakeDroplet = {
    id,
    name: String(name),
    size: String(size),
    region: String(region),
    tags: Array.isArray(tags) ? tags.map(String) : [],
    status: "new",
    address: undefined
  }
  world.droplets.set(id, droplet)
  const action = { id: id + 50_000, rel: "create", href: `https://api.digitalocean.com/v2/actions/${id + 50_000}` }
  return { status: 202, body: { droplet: shown(world, droplet), links: { actions: [action] } } }
}

const register = (world: World, { body }: Recorded): Answer => {
  const { name, public_key: key } = record(body)
  const material = (text: string) => text.split(" ", 2).join(" ")
  for (const known of world.keys.values()) {
    if (material(known.public_key) === material(String(key))) {
      return refused(422, "unprocessable_entity", "SSH Key is already in use on your account")
    }
  }
  const id = world.nextId++
  const made = { id, name: String(name), public_key: String(key) }
  world.keys.set(id, made)
  return { status: 201, body: { ssh_key: { ...made, fingerprint: "aa:bb" } } }
}

const act = (droplet: FakeDroplet, { body }: Recorded): Answer => {
  const type = String(record(body)["type"])
  if (type === "power_on") droplet.status = "active"
  if (type === "shutdown" || type === "power_off") droplet.status = "off"
  return { status: 201, body: { action: { id: 1, status: "in-progress", type } } }
}

const one = (world: World, request: Recorded, id: number, rest: string | undefined): Answer => {
  const droplet = world.droplets.get(id)
  if (droplet === undefined) return notFound
  if (rest === "/actions" && request.method === "POST") return act(droplet, request)
  if (request.method === "DELETE") return (world.droplets.delete(id), { status: 204 })
  return { status: 200, body: { droplet: shown(world, droplet) } }
}

/** Answers as DigitalOcean would. */
export const answer = (world: World, request: Recorded): Answer => {
  const [, id, rest] = /^\/v2\/droplets\/(\d+)(\/.*)?$/.exec(request.path) ?? []
  if (id !== undefined) return one(world, request, Number(id), rest)
  const [, key] = /^\/v2\/account\/keys\/(\d+)$/.exec(request.path) ?? []
  if (key !== undefined) return world.keys.delete(Number(key)) ? { status: 204 } : notFound
  switch (`${request.method} ${request.path}`) {
    case "GET /v2/droplets":
      return listed(world, request)
    case "POST /v2/droplets":
      return create(world, request)
    case "GET /v2/account/keys":
      return pageOf("ssh_keys", [...world.keys.values()], request)
    case "POST /v2/account/keys":
      return register(world, request)
    case "GET /v2/sizes":
      return pageOf("sizes", sizes(world), request)
    case "GET /v2/regions":
      return pageOf("regions", regions, request)
    case "GET /v2/images":
      return pageOf(
        "images",
        [
          { id: 1, slug: "ubuntu-24-04-x64" },
          { id: 2, slug: null }
        ],
        request
      )
    case "GET /v2/actions":
      return pageOf("actions", [], request)
    case "GET /v2/account":
      return { status: 200, body: { account: { status: "active", status_message: "", droplet_limit: 25 } } }
    case "GET /v2/customers/my/balance":
      return { status: 200, body: { month_to_date_usage: "11.21", account_balance: "12.23" } }
    default:
      return notFound
  }
}
