import * as Emulator from "../../src/Emulator.ts"

interface Pod {
  readonly id: string
  readonly name: string
  readonly labels: ReadonlyArray<string>
  readonly host: string
  readonly port: number
  readonly from: number
  readonly key: string
  readonly planted: boolean
  readonly truth: Emulator.Timeline<"new" | "active" | "off">
  billedUntil?: number
  touched: boolean
}

export type Options = Emulator.CloudOptions & {
  readonly machine?: (pod: {
    readonly key: string
    readonly id: string
    readonly origin: string
  }) => Partial<Pick<Emulator.MachineDescription, "boot" | "publicKeys">>
}

const usdPerHour = 3.6

const answer = (status: number, text: string): Emulator.Answer => ({
  status,
  headers: { "content-type": "text/xml" },
  body: `<answer>${text}</answer>`
})

/** A cloud of containers behind one address: forms in, XML out, a key in a header of its own, no word in common. */
export class Harbor implements Emulator.CloudCore {
  readonly title = "Harbor"
  readonly token = "harbor-key"
  readonly contentType = /^application\/x-www-form-urlencoded\b/
  readonly repeatable = ["label"]
  readonly unproven = ["that there is such a cloud"]
  readonly violations: Array<Emulator.Violation> = []
  readonly faults: Emulator.FaultScript
  readonly #plan = new Emulator.FaultPlan(answer(500, "broken"))
  readonly #pods: Array<Pod> = []
  readonly #options: Options
  readonly #around: Emulator.Surroundings
  #hands: ((deed: Emulator.Deed) => void) | undefined

  constructor(options: Options, around: Emulator.Surroundings) {
    this.#options = options
    this.#around = around
    this.faults = new Emulator.FaultScript(this.#plan, {
      create: { method: "POST", path: /^\/pods$/ },
      action: { method: "POST", path: /\/(?:start|stop)$/ },
      delete: { method: "DELETE", path: /^\/pods\// },
      capacity: "no berth is free",
      typeOf: (body) => new URLSearchParams(String(body)).get("type"),
      failure: (status, failure) => answer(status, failure)
    })
  }

  environment = (url: string) => ({ RUNCTL_HARBOR_ENDPOINT: url, HARBOR_KEY: this.token })

  plan = (request: Emulator.Request) => this.#plan.planFor(Emulator.split(request))

  complaint = (_: Emulator.Request, { body }: Emulator.Answer) =>
    typeof body === "string" && body.startsWith("<answer>") ? undefined : "it is no answer"

  violated = (violation: Emulator.Violation) => void this.violations.push(violation)

  refused = (message: string) => answer(400, message)

  accountOf = ({ headers }: Emulator.Request) => (headers?.["x-key"] === this.token ? "harbormaster" : undefined)

  handle(request: Emulator.Request, now: number): Emulator.Answer {
    const { body, headers, method, path, values } = Emulator.split(request)
    const [, , id = "", verb] = path.split("/")
    const pod = this.#pods.find((each) => each.id === id && each.truth.at(now) !== undefined)
    const key = headers?.["x-key"]
    if (key !== this.token && (pod === undefined || key !== pod.key)) return answer(401, "who are you?")
    if (method === "POST" && path === "/pods") return this.#create(new URLSearchParams(String(body)), now)
    if (method === "GET" && path === "/pods") {
      const wanted = values["label"] ?? []
      const found = this.#pods.filter(
        ({ labels, truth }) => truth.at(now) !== undefined && wanted.every((label) => labels.includes(label))
      )
      return answer(200, found.map((each) => `<pod id="${each.id}">${each.name}</pod>`).join(""))
    }
    if (pod === undefined) return answer(404, "gone")
    pod.touched = true
    if (method === "DELETE") return this.#destroy(pod, now)
    if (verb !== "start" && verb !== "stop") return answer(404, "no such verb")
    this.#act(pod, verb === "start" ? "powerOn" : "powerOff", now)
    return answer(202, "aye")
  }

  #create(form: URLSearchParams, now: number): Emulator.Answer {
    const words = this.#plan.capacity.take({ method: "POST", path: "/pods", body: form.toString() })
    if (words !== undefined) return answer(409, words)
    const pod = this.#add(form.get("name") ?? "", form.getAll("label"), now, false)
    const { id, key } = pod
    const machine: Emulator.MachineDescription = {
      id,
      name: pod.name,
      address: pod.host,
      port: pod.port,
      publicKeys: [],
      boot: { kind: "container", command: ["sleep", "infinity"], environment: {}, sshd: "always" },
      ...this.#options.machine?.({ id, key, origin: this.#around.origin() })
    }
    this.#act(pod, "create", now, machine)
    return answer(201, id)
  }

  #add(name: string, labels: ReadonlyArray<string>, from: number, planted: boolean): Pod {
    const index = this.#pods.length + 1
    const { host, port } = this.#around.mapped(index)
    const truth = new Emulator.Timeline<"new" | "active" | "off">(from, planted ? "active" : "new")
    const pod = {
      id: `pod-${index}`,
      key: `key-${index}`,
      name,
      labels,
      host,
      port,
      from,
      planted,
      truth,
      touched: false
    }
    this.#pods.push(pod)
    return pod
  }

  #act(
    pod: Pod,
    kind: "create" | "powerOn" | "powerOff" | "preempt",
    now: number,
    machine?: Emulator.MachineDescription
  ): void {
    const { bootSeconds = 0, powerSeconds = 0 } = this.#options
    const seconds = kind === "create" ? bootSeconds : powerSeconds
    const after = kind === "create" || kind === "powerOn" ? "active" : "off"
    const done = (at: number) => pod.truth.set(at, after)
    if (this.#hands === undefined || pod.planted) return done(now + seconds * 1000)
    const isWanted = () => pod.billedUntil === undefined
    this.#hands({ kind, id: pod.id, seconds, isWanted, done, ...(machine === undefined ? {} : { machine }) })
  }

  #destroy(pod: Pod, now: number): Emulator.Answer {
    const { deleteSeconds = 0 } = this.#options
    pod.billedUntil = now + deleteSeconds * 1000
    pod.truth.set(pod.billedUntil, undefined)
    this.#hands?.({ kind: "destroy", id: pod.id, seconds: deleteSeconds })
    return answer(202, "aye")
  }

  preempt(id: string | number, now: number): void {
    for (const pod of this.#pods) if (pod.id === id) this.#act(pod, "preempt", now)
  }

  employ(hands: (deed: Emulator.Deed) => void): void {
    this.#hands = hands
  }

  /** Whoever leaves its berth has given it up. */
  ended(id: string | number, _how: "off" | "exit", now: number): void {
    for (const pod of this.#pods) if (pod.id === id) this.#destroy(pod, now)
  }

  machines(now: number): ReadonlyArray<Emulator.Machine> {
    return this.#pods.map((pod) => {
      const seconds = Math.max(0, Math.min(pod.billedUntil ?? now, now) - pod.from) / 1000
      return {
        id: pod.id,
        name: pod.name,
        tags: pod.labels,
        status: pod.truth.at(now) ?? "gone",
        type: "berth",
        region: "north",
        account: "harbormaster",
        publicIp: pod.host,
        createdAt: pod.from,
        billedFrom: pod.from,
        ...(pod.billedUntil === undefined ? {} : { billedUntil: pod.billedUntil }),
        billedSeconds: seconds,
        usd: (seconds * usdPerHour) / 3600,
        usdPerHour,
        touched: pod.touched,
        planted: pod.planted
      }
    })
  }

  billing = (now: number) => this.machines(now).filter(({ billedUntil = Infinity }) => billedUntil > now)

  usd = (now: number) => this.#ours(now).reduce((sum, { usd }) => sum + usd, 0)

  machineSeconds = (now: number) => this.#ours(now).reduce((sum, { billedSeconds }) => sum + billedSeconds, 0)

  plant({ ageSeconds = 0, name, tags = [] }: Emulator.Stranger, now: number): Emulator.Machine {
    const { id } = this.#add(name, tags, now - ageSeconds * 1000, true)
    const planted = this.machines(now).find((each) => each.id === id)
    if (planted === undefined) throw new Error("it is not there")
    return planted
  }

  #ours = (now: number) => this.machines(now).filter(({ planted }) => !planted)
}

/** Serves it. */
export const serve = (options: Options & Emulator.ServeOptions = {}): Promise<Emulator.Emulated<Harbor>> =>
  Emulator.serve((around) => new Harbor(options, around), options)

/** Asks it, with its own key or another one. */
export const ask = async (
  cloud: Emulator.Emulated,
  method: string,
  path: string,
  form?: Readonly<Record<string, string>>,
  key: string = cloud.token
): Promise<readonly [status: number, text: string]> => {
  const response = await fetch(`${cloud.url}${path}`, {
    method,
    headers: { "x-key": key },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) })
  })
  return [response.status, (await response.text()).replaceAll(/<\/?answer>/g, "")]
}
