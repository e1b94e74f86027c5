/** What laws that rent real machines need and cost. */
export interface Live {
  readonly provider: string
  readonly title: string
  /** Any of these holds the token. */
  readonly tokens: ReadonlyArray<string>
  readonly costs: string
  readonly lasts: string
  readonly file: string
}

export const lives: ReadonlyArray<Live> = [
  {
    provider: "aws",
    title: "AWS",
    tokens: ["AWS_PROFILE", "AWS_ACCESS_KEY_ID"],
    costs: "some sixty of the cheapest instances for a few minutes each, less than $0.02 each: about $1",
    lasts: "one to two hours",
    file: "plugins/aws/test/laws.live.test.ts"
  },
  {
    provider: "digitalocean",
    title: "DigitalOcean",
    tokens: ["DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN"],
    costs: "some sixty of the cheapest droplets for a few minutes each, at least $0.01 each: about $1",
    lasts: "one to two hours",
    file: "plugins/digitalocean/test/laws.live.test.ts"
  },
  {
    provider: "lyceum",
    title: "Lyceum",
    tokens: ["LYCEUM_API_KEY"],
    costs: "some seventy of the cheapest GPU (about $1.19 an hour) for some ten minutes each: about $15",
    lasts: "four to eight hours",
    file: "plugins/lyceum/test/laws.live.test.ts"
  },
  {
    provider: "runpod",
    title: "RunPod",
    tokens: ["RUNPOD_API_KEY"],
    costs: "some sixty of the cheapest pods with a GPU for a few minutes each: about $2",
    lasts: "three to five hours, since each pulls its image",
    file: "plugins/runpod/test/laws.live.test.ts"
  },
  {
    provider: "vastai",
    title: "Vast.ai",
    tokens: ["VAST_API_KEY"],
    costs: "some sixty instances with one of the cheapest GPUs for some minutes each: about $2",
    lasts: "two to six hours, most of which images load",
    file: "plugins/vastai/test/laws.live.test.ts"
  },
  {
    provider: "verda",
    title: "Verda",
    tokens: ["VERDA_CLIENT_SECRET"],
    costs: "some sixty of the cheapest instances, charged for ten minutes each: about $1",
    lasts: "two to four hours",
    file: "plugins/verda/test/laws.live.test.ts"
  }
]

type Environment = Readonly<Record<string, string | undefined>>

const has = (env: Environment, name: string): boolean => (env[name] ?? "").trim() !== ""

/** The laws that somebody wants to pay for, or why none are run. */
export const chosen = (env: Environment): Live | string => {
  const wanted = (env["RUNCTL_LIVE"] ?? "").trim()
  const known = lives.map(({ provider }) => provider).join(", ")
  if (wanted === "") {
    return `live laws rent real machines and cost money: they are run only with RUNCTL_LIVE set to one of ${known}`
  }
  const live = lives.find(({ provider }) => provider === wanted)
  if (live === undefined) return `there are no live laws for RUNCTL_LIVE="${wanted}": there are some for ${known}`
  return live.tokens.some((name) => has(env, name))
    ? live
    : `live laws of ${live.title} need a token in ${live.tokens.join(" or ")}`
}

/** The laws of a provider, or an error: nothing is rented that nobody asked for. */
export const requireLive = (provider: string, env: Environment): Live => {
  const live = chosen(env)
  if (typeof live === "string") throw new Error(live)
  if (live.provider !== provider) throw new Error(`RUNCTL_LIVE asks for ${live.provider}, not for ${provider}`)
  return live
}
