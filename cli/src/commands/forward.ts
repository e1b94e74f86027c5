import * as Args from "@oclif/core/args"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { BaseCommand } from "../BaseCommand.ts"
import { usage } from "../errors/Failure.ts"
import { insecureHostKey, toggle, word } from "../flags.ts"
import { untilSignal } from "../follow/leaveOnSignal.ts"
import { dialHere } from "../forward/bridge.ts"
import { type Client, listen, type Listening } from "../forward/listen.ts"
import { serve, type Told } from "../forward/serve.ts"
import { type Forward, parseForward } from "../forward/spec.ts"
import { machineFor, sessionAt } from "../machine/reach.ts"
import type { ForwardOutput } from "../output/forward.ts"
import { clean } from "../render/table.ts"

export { ForwardOutput as Output } from "../output/forward.ts"

export default class ForwardPorts extends BaseCommand {
  static override summary = "reach a port of a machine from this computer"
  static override description = `Listens on 127.0.0.1 alone and prints the address. Whoever connects reaches the port as the machine sees it, over the one encrypted connection; when that is cut, the next one to connect opens it anew. Ends on Ctrl-C with exit code 0.`
  static override examples = [
    { description: "A notebook on the machine", command: "<%= config.bin %> <%= command.id %> train-k3f9 8888" },
    {
      description: "Under another port here, and a database that only the machine reaches",
      command: "<%= config.bin %> <%= command.id %> train-k3f9 9000:8888 5432:db.internal:5432"
    },
    { description: "Any port that is free", command: "<%= config.bin %> <%= command.id %> train-k3f9 0:6006 --json" }
  ]
  static override args = {
    id: word("machine, or a run on it"),
    port: Args.string({
      description: "PORT, LOCAL:PORT or LOCAL:HOST:PORT; with 0 as LOCAL any port that is free",
      required: true,
      multiple: true,
      ignoreStdin: true
    })
  }
  static override flags = {
    verbose: toggle({ char: "v", summary: "say who connects" }),
    "insecure-host-key": insecureHostKey
  }

  async run(): Promise<ForwardOutput> {
    const { args, flags } = await this.parse(ForwardPorts)
    const wanted = args.port.map(parseForward)
    const told = this.#told(flags.verbose)
    const announce = (output: ForwardOutput): void => this.#announce(output)
    let output: ForwardOutput = { resource: args.id, forwards: [] }
    const work = Effect.gen(function* () {
      const { endpoint, id } = yield* machineFor(args.id)
      if (endpoint._tag === "Local") refuseItself(wanted)
      // Opened now, so that what is wrong is said at once; kept, so that it is there for whoever connects.
      const dial = endpoint._tag === "Local" ? dialHere : (yield* sessionAt(endpoint)).dial
      const clients = yield* Queue.unbounded<Client>()
      const listening = yield* Effect.forEach(wanted, (each) => listen(clients, each))
      output = { resource: id, forwards: listening.map(viewForward) }
      announce(output)
      yield* serve(clients, dial, told)
    }).pipe(Effect.scoped)
    await this.effect(untilSignal(work), { isInsecure: flags["insecure-host-key"] })
    return output
  }

  /** Said already, when it began to listen. */
  override logJson(): void {}

  #announce(output: ForwardOutput): void {
    if (this.jsonEnabled()) process.stdout.write(`${JSON.stringify(output)}\n`)
    for (const { host, remotePort, url } of output.forwards) {
      this.print(url)
      this.say(`${url} is ${host}:${remotePort} of ${output.resource}`)
    }
    this.say("Ctrl-C ends it.")
  }

  #told(isVerbose: boolean): Told {
    let last = ""
    const where = ({ forward, socket }: Client): string =>
      `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? "?"} → ${forward.host}:${forward.remote}`
    return {
      connected: (client) => {
        if (isVerbose) this.say(`${where(client)} connected`)
      },
      ended: (client) => {
        last = ""
        if (isVerbose) this.say(`${where(client)} ended`)
      },
      failed: (client, { message }) => {
        // A browser tries again and again: the same is said once.
        if (message === last && !isVerbose) return
        last = message
        this.say(`${where(client)}: ${clean(message)}`)
      }
    }
  }
}

/** A machine that is this computer has the same ports. */
const refuseItself = (wanted: ReadonlyArray<Forward>): void => {
  const same = wanted.find(({ host, local, remote }) => local === remote && /^(localhost|127\.|::1$)/.test(host))
  if (same === undefined) return
  throw usage(
    `the machine is this computer: port ${same.remote} is here already`,
    `Use http://127.0.0.1:${same.remote}, or another port here: \`0:${same.remote}\`.`
  )
}

const viewForward = ({ address, host, local, remote }: Listening): ForwardOutput["forwards"][number] => ({
  address,
  port: local,
  url: `http://${address}:${local}`,
  host,
  remotePort: remote
})
