import type { FaultScript } from "./FaultScript.ts"
import type { Plan } from "./Faults.ts"
import type { Answer, Request, Violation } from "./http.ts"

/** A machine that is or was there. Times are milliseconds of the emulated clock. */
export interface Machine {
  /** As the vendor has it. */
  readonly id: string | number
  readonly name: string
  /** Tags or labels, as words: a label with a value is `key=value`. */
  readonly tags: ReadonlyArray<string>
  /** In words that all clouds share. */
  readonly status: "new" | "active" | "off" | "broken" | "gone"
  /** The vendor's own name of what was rented. */
  readonly type: string
  readonly region: string
  readonly account: string
  readonly publicIp: string | undefined
  readonly createdAt: number
  readonly billedFrom: number
  readonly billedUntil?: number
  readonly billedSeconds: number
  readonly usd: number
  readonly usdPerHour: number
  /** Whether any request wanted to change or end it. */
  readonly touched: boolean
  readonly planted: boolean
}

/** A machine that somebody else has rented. */
export interface Stranger {
  readonly name: string
  readonly tags?: ReadonlyArray<string>
  /** The vendor's name of what is rented; the cheapest without it. */
  readonly type?: string
  readonly region?: string
  /** How long ago. */
  readonly ageSeconds?: number
  readonly status?: "active" | "off"
}

/** What a machine does when it is switched on. */
export type Boot =
  /** What cloud-init takes: a `#cloud-config` or a script, carried out on the first boot. */
  | { readonly kind: "userData"; readonly text: string }
  /** A script for root, on the first boot or on every one; nobody but a shell has read it before. */
  | { readonly kind: "script"; readonly text: string; readonly everyBoot?: boolean }
  /** A program with its environment, as containers have it. When it ends, the machine has ended itself. */
  | {
      readonly kind: "container"
      readonly command: ReadonlyArray<string>
      /** Of the command and of process 1. */
      readonly environment: Readonly<Record<string, string>>
      /**
       * `always`: the vendor starts an sshd beside the command. A path: the image has that program, which lets in the
       * keys of `PUBLIC_KEY` and starts sshd when it is called, and then waits for ever; nothing listens before.
       * `service ssh start` does so, too.
       */
      readonly sshd: "always" | { readonly startedBy: string }
    }

/** GPUs that a machine says it has. */
export interface Gpus {
  /** As `nvidia-smi` prints it. */
  readonly name: string
  readonly count: number
  /** Of each. */
  readonly memoryMiB: number
}

/** What a machine behind sshd is made from. */
export interface MachineDescription {
  readonly id: string | number
  /** Its host name. */
  readonly name: string
  /** Where its sshd listens: an address of its own, or one that it shares with others at a port of its own. */
  readonly address: string
  readonly port: number
  readonly boot: Boot
  /** May log in, one line each. */
  readonly publicKeys: ReadonlyArray<string>
  /** Who they log in as; root without it. */
  readonly user?: string | undefined
  readonly gpus?: Gpus | undefined
  /** Set for whatever it boots, and for logins where these read `/etc/environment`. */
  readonly environment?: Readonly<Record<string, string>>
  /** Programs that the image has, by name: a whole script each. */
  readonly programs?: Readonly<Record<string, string>>
}

/** Something that somebody does to a machine, and then says so. */
export interface Deed {
  /** `preempt` switches it off without a warning, as `powerOff` does; only `destroy` takes its disk. */
  readonly kind: "create" | "powerOn" | "powerOff" | "reboot" | "preempt" | "destroy"
  readonly id: string | number
  /** Made anew by `create`. */
  readonly machine?: MachineDescription
  /** Emulated seconds that it takes, or that pass before it is begun. */
  readonly seconds: number
  /** Whether it is still to be done; it is, without it. */
  readonly isWanted?: () => boolean
  /** Called when it is done. */
  readonly done?: (nowMillis: number) => void
}

/** Whoever has the machines. */
export type Hands = (deed: Deed) => void

/** How a machine ended itself: switched off, to start again, or its container's command has ended. */
export type SelfEnd = "off" | "exit"

/** Which of the vendor's descriptions holds, and what of it does not. */
export interface Description {
  /** Of the file `<name>.json`. */
  readonly name: string
  /** What stands before each of its paths here, such as `/v1`. */
  readonly base?: string
  /** Whether a complaint is about a defect of the description itself. */
  readonly excuses?: (complaint: string) => boolean
}

/**
 * A cloud without HTTP and without a clock: every call says what time it is, and the same calls have the same answers.
 * What stands around it (a server, a clock, machines behind sshd, faults on the way) is the same for all clouds.
 */
export interface CloudCore {
  /** For people. */
  readonly title: string
  /** Opens the first account, which may do everything. */
  readonly token: string
  readonly faults: FaultScript
  readonly violations: ReadonlyArray<Violation>
  /** What a user sets to reach this cloud at that address instead of the real one. */
  environment(url: string): Readonly<Record<string, string>>
  /** What the cloud does, and answers. */
  handle(request: Request, nowMillis: number): Answer
  /** What is to happen to the next request on its way; asked once for each. */
  plan(request: Request): Plan
  /** What is wrong, by the cloud's own schemas, with an answer to the request. */
  complaint(request: Request, answer: Answer): string | undefined
  /** Writes down what is not allowed. */
  violated(violation: Violation): void
  /** Says so in the vendor's form, to a request that has had no effect. */
  refused(message: string): Answer
  /** Whose request it is, for the record. */
  accountOf(request: Request): string | undefined
  /** Everything there ever was, in the order in which it came. */
  machines(nowMillis: number): ReadonlyArray<Machine>
  /** Those that cost money now. */
  billing(nowMillis: number): ReadonlyArray<Machine>
  /** What all of them that were not planted have cost so far, with what belongs to them. */
  usd(nowMillis: number): number
  /** For how long in all those have cost money. */
  machineSeconds(nowMillis: number): number
  /** Puts a stranger's machine there, active and billed; its tags and name may look like anything. */
  plant(stranger: Stranger, nowMillis: number): Machine
  /** Takes a machine away as the vendor does it to those that may be taken; where it does. */
  preempt?(id: string | number, nowMillis: number): void
  /** From now on somebody else does to machines what is done to them. Not called where there are none. */
  employ(hands: Hands): void
  /** A machine has ended itself: what that means is the vendor's business. */
  ended(id: string | number, how: SelfEnd, nowMillis: number): void
  /** The vendor's OpenAPI, where there is one. */
  readonly description?: Description
  /** Of a body that is sent; JSON without it. */
  readonly contentType?: RegExp
  /** Parameters of a query that may come more than once; `split` has all of their values. */
  readonly repeatable?: ReadonlyArray<string>
  /** What cannot be proven on it, in words. */
  readonly unproven?: ReadonlyArray<string>
}

/** What is around a cloud when it is made. */
export interface Surroundings {
  /** Where links lead. */
  readonly origin: () => string
  /** Whether machines are real: then `employ` is called before the first request. */
  readonly hasHands: boolean
  /** An address for the nth machine alone, counted from 1. */
  readonly address: (index: number) => string
  /** At which sshd listens there. */
  readonly port: number
  /** For the nth machine: a port of its own at an address that all of them share. */
  readonly mapped: (index: number) => { readonly host: string; readonly port: number }
  /** MD5 of a public key in pairs of hexadecimal digits; nothing for what is none. */
  readonly fingerprint: (publicKey: string) => string | undefined
}

/** How all clouds can be made to behave: at once and without any quirk where nothing is said. In emulated seconds. */
export interface CloudOptions {
  /** Of everything that is drawn: ids, how stale a read is. */
  readonly seed?: number | undefined
  /** From the create until a machine is active. */
  readonly bootSeconds?: number | undefined
  /** Until a power action has its effect. */
  readonly powerSeconds?: number | undefined
  /** From the delete until a machine is gone and costs no more. */
  readonly deleteSeconds?: number | undefined
  /** For so long nobody sees what is new: it answers 404 and is in no list. */
  readonly visibleSeconds?: number | undefined
  /** A read answers from up to so long ago. */
  readonly staleSeconds?: number | undefined
  /** Whether requests are limited as the vendor limits them; they are. */
  readonly limitsRates?: boolean | undefined
  /** Whether what is not allowed is refused, or only written down; it is refused. */
  readonly refusesViolations?: boolean | undefined
  /** Whether each answer is held to the cloud's own schemas, which takes more time than making it. */
  readonly checksAnswers?: boolean | undefined
}
