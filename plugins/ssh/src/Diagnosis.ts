/**
 * What may keep a host from being used.
 *
 * @since 0.1.0
 */
import { detectGpus } from "@runctl/core/Hardware"
import type { OwnerId } from "@runctl/core/Ownership"
import type { Shell, Shells } from "@runctl/core/Shell"
import type { Diagnosis } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Claims from "./Claims.ts"
import { concurrency, inTheWay, on } from "./Hosts.ts"
import { tools } from "./internal/toolScript.ts"
import type { Host } from "./Inventory.ts"

/** Less free disk than this is worth a warning. **Units**  KiB */
const littleDisk = 5 * 1024 ** 2

/** A clock that is wrong by more is worth a warning. **Units**  seconds */
const muchTime = 30

type Finding = Pick<Diagnosis, "status" | "message"> & { readonly advice?: string }

const ok = (message: string): Finding => ({ status: "ok", message })
const warn = (message: string, advice: string): Finding => ({ status: "warn", message, advice })
const broken = (message: string, advice: string): Finding => ({ status: "fail", message, advice })

const gigabytes = (kibibytes: number): string => `${(kibibytes / 1024 ** 2).toFixed(1)} GiB`

/** What was printed about a host's tools, in words. */
const toolFindings = (said: ReadonlyMap<string, string>): ReadonlyArray<readonly [string, Finding]> => {
  const has = (tool: string): string | undefined => said.get(tool) || undefined
  const disk = Number(said.get("disk"))
  const where = said.get("base") ?? ""
  return [
    [
      "shell",
      ok(`commands run under sh${has("login") === undefined ? "" : `, the login shell is ${said.get("login")}`}`)
    ],
    [
      "tar",
      has("tar") === undefined
        ? broken("there is no tar", "Install tar there: code and data travel with it.")
        : ok(said.get("tar") ?? "")
    ],
    [
      "digests",
      has("sha256") === undefined
        ? broken("there is neither sha256sum nor shasum nor openssl", "Install coreutils or openssl there.")
        : ok(said.get("sha256") ?? "")
    ],
    [
      "zstd",
      has("zstd") === undefined ? ok("not there; gzip or nothing compresses what travels") : ok(said.get("zstd") ?? "")
    ],
    [
      "crontab",
      has("crontab") === undefined
        ? warn(
            "there is no crontab: after a restart nothing on the host ends a machine at its deadline",
            "Install cron there, or look at `runctl list` after a restart."
          )
        : ok(said.get("crontab") ?? "")
    ],
    [
      "directory",
      has("writable") === undefined
        ? warn(`${where} cannot be written; machines are kept below /var/tmp`, "Set `directory` of the host.")
        : ok(where)
    ],
    [
      "disk",
      !Number.isFinite(disk) || said.get("disk") === ""
        ? warn("the free space is unknown", "Look with `df` there.")
        : disk < littleDisk
          ? warn(
              `${gigabytes(disk)} free`,
              "Remove what is not needed, or set `directory` of the host to a larger disk."
            )
          : ok(`${gigabytes(disk)} free`)
    ]
  ]
}

const clockFinding = (theirs: number, ours: number): Finding => {
  const off = Math.round(theirs - ours)
  return Math.abs(off) > muchTime
    ? warn(
        `its clock is ${Math.abs(off)} s ${off > 0 ? "ahead" : "behind"}`,
        "Let it be set by NTP; deadlines count seconds and hold anyway."
      )
    : ok("its clock is right")
}

const claimFinding = (survey: Claims.Survey): Finding => {
  const [claim] = inTheWay(survey)
  return claim === undefined ? ok("free") : ok(`claimed by ${Claims.holderOf(claim)}`)
}

const gpuFinding = ({ gpu, gpus }: Host, detected: Effect.Success<ReturnType<typeof detectGpus>>): Finding => {
  const wanted = gpus ?? (gpu === undefined ? 0 : 1)
  const found = detected.gpuCount === 0 ? "no GPU" : `${detected.gpuCount}× ${detected.gpu ?? "GPU"}`
  return wanted > 0 && detected.gpuCount !== wanted
    ? warn(
        `nvidia-smi shows ${found}, the configuration says ${wanted}× ${gpu ?? "GPU"}`,
        "Mend the driver or the configuration."
      )
    : ok(`nvidia-smi shows ${found}`)
}

/** Asks a host that was reached everything. */
const examine = (shell: Shell, host: Host, owner: OwnerId) =>
  Effect.gen(function* () {
    const printed = yield* shell.exec({ script: tools, args: [host.directory ?? "", host["claims-directory"] ?? ""] })
    const said = new Map(
      printed.stdout.split("\n").map((line): readonly [string, string] => {
        const [word = "", ...rest] = line.split("\t")
        return [word, rest.join(" ")]
      })
    )
    const before = yield* Clock.currentTimeMillis
    const survey = yield* Claims.look(shell, host, owner)
    const after = yield* Clock.currentTimeMillis
    return [
      ...toolFindings(said),
      ["gpu", gpuFinding(host, yield* detectGpus(shell))] as const,
      ["clock", clockFinding(survey.seconds + 0.5, (before + after) / 2000)] as const,
      ["claim", claimFinding(survey)] as const
    ]
  })

const checked = (shells: Shells["Service"], host: Host, owner: OwnerId): Effect.Effect<ReadonlyArray<Diagnosis>> =>
  on(shells, host, (shell) => examine(shell, host, owner), "45 seconds").pipe(
    Effect.map((findings): ReadonlyArray<readonly [string, Finding]> => [
      [
        "reach",
        ok(`it answers, and its key is ${host["host-key"] === undefined ? "known" : "the one that is configured"}`)
      ],
      ...findings
    ]),
    Effect.catch((error) =>
      Effect.succeed([
        [
          "reach",
          broken(error.message, `Try \`ssh ${host.host ?? host.name}\`; runctl uses the same configuration and keys.`)
        ] as const
      ])
    ),
    Effect.map((findings) =>
      findings.map(([name, { advice, message, status }]) => ({
        name: `${host.name} ${name}`,
        status,
        message,
        advice
      }))
    )
  )

const none: ReadonlyArray<Diagnosis> = [
  {
    name: "hosts",
    status: "ok",
    message: "none are configured; they are named below `providers.ssh.hosts`",
    advice: undefined
  }
]

/**
 * Looks at every host: whether it is reached and known, has what is needed, and is free. One that is broken says so.
 *
 * @category queries
 * @since 0.1.0
 */
export const diagnose = ({
  hosts,
  owner,
  shells
}: {
  readonly hosts: ReadonlyArray<Host>
  readonly owner: OwnerId
  readonly shells: Shells["Service"]
}): Effect.Effect<ReadonlyArray<Diagnosis>> =>
  hosts.length === 0
    ? Effect.succeed(none)
    : Effect.map(
        Effect.forEach(hosts, (host) => checked(shells, host, owner), { concurrency }),
        (all) => all.flat()
      )
