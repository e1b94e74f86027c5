/**
 * What every exit code and error code means: the one table behind error messages, `--json` and docs/errors.md.
 */

/** What the process ends with. Public: scripts rely on it. */
export const exits = {
  done: 0,
  bug: 1,
  usage: 2,
  configuration: 3,
  credentials: 4,
  capacity: 5,
  provider: 6,
  job: 7,
  interrupted: 130
} as const

/** The name of an exit code. */
export type Exit = keyof typeof exits

/** One code: what the process ends with, what it means, and what to try. */
export interface Explanation {
  readonly exit: Exit
  readonly means: string
  readonly advice: string
}

/** Every code there is. */
export const explanations = {
  // how runctl was called
  RUNCTL_E_USAGE: {
    exit: "usage",
    means:
      "The command line makes no sense: a missing, repeated or contradictory argument, or a value of the wrong kind.",
    advice: "`runctl COMMAND --help` shows what the command takes, with an example."
  },
  RUNCTL_E_UNKNOWN_COMMAND: {
    exit: "usage",
    means: "There is no command of that name.",
    advice: "`runctl --help` lists all commands."
  },
  RUNCTL_E_UNKNOWN_FLAG: {
    exit: "usage",
    means: "The command has no such flag.",
    advice: "`runctl COMMAND --help` lists its flags. What is meant for the script goes behind `--`."
  },
  RUNCTL_E_SCRIPT: {
    exit: "usage",
    means: "The script does not exist, is not a file, or cannot be read.",
    advice: "Give the path of a script below the current folder, for example `runctl train train.py`."
  },
  RUNCTL_E_MISSING_VARIABLE: {
    exit: "usage",
    means: "`--env NAME` takes the value from the environment, where it is not set.",
    advice: "Set it (`export NAME=…`), give it as `--env NAME=VALUE` when it is not secret, or use `--env-file`."
  },
  RUNCTL_E_NEEDS_CONFIRMATION: {
    exit: "usage",
    means: "This costs money or removes something, and there is no terminal to ask on.",
    advice: "Say `--yes` when you mean it, or look first with `--dry-run`."
  },
  RUNCTL_E_DECLINED: {
    exit: "interrupted",
    means: "The question was answered with no; nothing was changed.",
    advice: "Run the command again when you have changed your mind."
  },
  RUNCTL_E_CANCELLED: {
    exit: "interrupted",
    means: "The command was interrupted, or the run was cancelled.",
    advice: "`runctl status` shows what still runs."
  },
  RUNCTL_E_WAIT_TIMEOUT: {
    exit: "job",
    means: "`runctl wait --timeout` ran out before the state was reached. Nothing was changed.",
    advice: "Wait again with a longer --timeout; `runctl status ID` shows how far it is."
  },
  // this computer
  RUNCTL_E_NODE_TOO_OLD: {
    exit: "configuration",
    means: "runctl needs a newer Node than the one it was started with.",
    advice: "Install Node 24 or newer from https://nodejs.org."
  },
  RUNCTL_E_CONFIG: {
    exit: "configuration",
    means: "A configuration file or a RUNCTL_ variable has an unknown key or a value of the wrong kind.",
    advice: "Mend the line that is named; `runctl config show` prints every value and where it comes from."
  },
  RUNCTL_E_UNTRUSTED: {
    exit: "configuration",
    means:
      "A project's own file asks for something that runs code or receives a token, and you have not said that you trust it.",
    advice: "Read the file; if it is yours or you trust who wrote it, say `runctl trust`."
  },
  RUNCTL_E_PLUGIN: {
    exit: "configuration",
    means: "A plugin could not be installed, removed or loaded.",
    advice: "`runctl plugins list` shows what is installed and what is wrong with it."
  },
  RUNCTL_E_HOME: {
    exit: "configuration",
    means: "A file under RUNCTL_HOME cannot be read or written.",
    advice: "`runctl doctor` checks permissions and space; RUNCTL_HOME can point elsewhere."
  },
  RUNCTL_E_SUPERVISOR: {
    exit: "configuration",
    means: "The supervisor, which owns runs, could not be started or does not answer.",
    advice: "The file named in the message is its log. `runctl doctor` shows its state."
  },
  RUNCTL_E_JOURNAL: {
    exit: "configuration",
    means: "The journal, which remembers runs and machines, could not be read or written.",
    advice: "`runctl doctor` shows its health."
  },
  RUNCTL_E_JOURNAL_CONFLICT: {
    exit: "configuration",
    means: "Another process wrote to the same run, machine or budget in between.",
    advice: "Try again."
  },
  RUNCTL_E_JOURNAL_FENCED: {
    exit: "configuration",
    means: "Another supervisor has taken over while this one was frozen. Nothing was written.",
    advice: "Nothing: the other one goes on. `runctl status` shows it."
  },
  RUNCTL_E_JOURNAL_HELD: {
    exit: "configuration",
    means: "Another process holds the lease.",
    advice: "Wait: it ends with its process, or without renewal after a short time."
  },
  RUNCTL_E_JOURNAL_LOCKED: {
    exit: "configuration",
    means: "Another process keeps the journal's file locked.",
    advice: "Try again; the message names the process. A stopped one goes on with `kill -CONT`."
  },
  RUNCTL_E_JOURNAL_READ_ONLY: {
    exit: "configuration",
    means: "The journal may be read and not written.",
    advice: "Give yourself write permission on the file and its folder, or point RUNCTL_HOME elsewhere."
  },
  RUNCTL_E_JOURNAL_DISK_FULL: {
    exit: "configuration",
    means: "No space is left for the journal; nothing was written.",
    advice: "Free some space and try again; logs under RUNCTL_HOME/runs are usually the largest."
  },
  RUNCTL_E_JOURNAL_NEWER: {
    exit: "configuration",
    means: "A newer runctl has written the journal. It was not touched.",
    advice: "Update runctl, or point RUNCTL_HOME at another folder."
  },
  RUNCTL_E_JOURNAL_NETWORK: {
    exit: "configuration",
    means: "RUNCTL_HOME is on a network file system, where the journal could be damaged.",
    advice: "Point RUNCTL_HOME at a local disk."
  },
  RUNCTL_E_JOURNAL_NEEDS_REBUILD: {
    exit: "configuration",
    means:
      "The journal was damaged. What could be read was kept; nothing new is rented before the providers were asked what you own.",
    advice: "`runctl resources recover` asks them."
  },
  RUNCTL_E_JOURNAL_UNREADABLE: {
    exit: "configuration",
    means: "The journal's file cannot be opened.",
    advice: "Check that the folder exists and is yours; `runctl doctor` names it."
  },
  RUNCTL_E_JOURNAL_DAMAGED: {
    exit: "configuration",
    means: "The journal is damaged and could not be put aside.",
    advice: "Make its folder writable, or move the file away yourself: runctl then salvages what it can."
  },
  // ids, runs and machines
  RUNCTL_E_UNKNOWN_RUN: {
    exit: "usage",
    means: "No run has that id or name.",
    advice: "`runctl runs list` shows all runs."
  },
  RUNCTL_E_UNKNOWN_RESOURCE: {
    exit: "usage",
    means: "No machine has that id or name.",
    advice: "`runctl list` shows all machines."
  },
  RUNCTL_E_NOT_OURS: {
    exit: "usage",
    means: "The machine belongs to another owner or installation. It is never touched.",
    advice: "Set RUNCTL_OWNER when a team or CI shares one owner."
  },
  RUNCTL_E_RUN_IS_OVER: {
    exit: "usage",
    means: "The run has ended; what was asked for makes no sense any more.",
    advice: "`runctl runs show ID` tells how it ended."
  },
  RUNCTL_E_JOB_FAILED: {
    exit: "job",
    means: "The script ended with an exit code other than 0.",
    advice: "`runctl runs logs ID` shows what it printed."
  },
  RUNCTL_E_PREPARATION_FAILED: {
    exit: "job",
    means: "The code, its dependencies or its data could not be brought to the machine.",
    advice: "The end of what was printed is in the message: mend it and train again."
  },
  RUNCTL_E_DEADLINE: {
    exit: "job",
    means: "The run reached its deadline and was ended.",
    advice:
      "Go on with `runctl train SCRIPT --resume RUN`, with a longer --max-hours; `runctl extend` moves a deadline."
  },
  RUNCTL_E_INTERRUPTED: {
    exit: "job",
    means: "The machine or the job was lost more often than it is tried again.",
    advice: "Go on from the last checkpoint with `runctl train SCRIPT --resume RUN`."
  },
  RUNCTL_E_OUTPUTS: {
    exit: "job",
    means: "The outputs could not be brought home before their hold ended.",
    advice: "The log and the checkpoints that were brought home are still there: `runctl runs show ID`."
  },
  RUNCTL_E_SECRETS: {
    exit: "configuration",
    means:
      "The supervisor was started anew before the job began, and nobody handed it the values of the secrets again.",
    advice: "Train again from a shell in which they are set, and stay attached until the job has started."
  },
  RUNCTL_E_LOCAL_FILE: {
    exit: "configuration",
    means: "A local file or folder cannot be read or written.",
    advice: "Check that it exists, is yours, and that the disk has room."
  },
  RUNCTL_E_PATH_ESCAPES: {
    exit: "usage",
    means: "A path or a link would leave the folder it belongs to. Nothing was copied.",
    advice: "Take the link or the `..` away, or copy what it points to into the project."
  },
  RUNCTL_E_DIGEST_MISMATCH: {
    exit: "provider",
    means: "What arrived is not what was sent.",
    advice: "Try again; if it happens twice, the disk or the connection is bad."
  },
  RUNCTL_E_MACHINE_UNREACHABLE: {
    exit: "provider",
    means: "The machine cannot be reached now, which says nothing about whether it is alive.",
    advice: "Try again; `runctl status ID` asks its provider."
  },
  RUNCTL_E_MACHINE_REFUSED: {
    exit: "provider",
    means: "The machine was reached and could not do what was asked.",
    advice: "The message has its own words: a full disk, a missing program or file."
  },
  RUNCTL_E_MACHINE_CLAIMED: {
    exit: "capacity",
    means: "Another training run has this machine.",
    advice: "Wait for it (`runctl wait RUN`), end it (`runctl runs stop RUN`), or train on another machine."
  },
  // money and capacity
  RUNCTL_E_NO_OFFER_FITS: {
    exit: "capacity",
    means: "Nothing on offer has what was asked for.",
    advice: "Ask for less, in another region, or with `--provider any`; the message says what most offers lack."
  },
  RUNCTL_E_BUDGET: {
    exit: "capacity",
    means: "At worst it would cost more than a budget has left.",
    advice: "Raise the budget, lower --max-hours, or take a cheaper machine."
  },
  RUNCTL_E_OUT_OF_CAPACITY: {
    exit: "capacity",
    means: "The provider has no such machine free.",
    advice: "Try another region, zone or GPU, or `--provider any`."
  },
  RUNCTL_E_QUOTA_EXCEEDED: {
    exit: "capacity",
    means: "Your account may not rent that much.",
    advice: "Ask the provider to raise the quota, or use another region or provider."
  },
  RUNCTL_E_INSUFFICIENT_FUNDS: {
    exit: "capacity",
    means: "The account has not enough money.",
    advice: "Add money to the account."
  },
  RUNCTL_E_PRICE_TOO_LOW: {
    exit: "capacity",
    means: "The machine costs more than the highest price you allow.",
    advice: "Raise --max-price, or drop --spot."
  },
  // providers
  RUNCTL_E_UNKNOWN_PROVIDER: {
    exit: "usage",
    means: "There is no provider of that name.",
    advice: "`runctl providers list` shows all; `runctl plugins install` adds one."
  },
  RUNCTL_E_DUPLICATE_PROVIDER: {
    exit: "configuration",
    means: "Two plugins give themselves the same name.",
    advice: "Remove one of them: `runctl plugins uninstall NAME`."
  },
  RUNCTL_E_PROVIDER_DISABLED: {
    exit: "configuration",
    means: "The provider exists and cannot be used: not trusted, too new, or broken.",
    advice: "The message says which; `runctl providers list` shows it too."
  },
  RUNCTL_E_UNAUTHORIZED: {
    exit: "credentials",
    means: "The provider does not accept the credential, or there is none.",
    advice: "Set the credential and try again; `runctl providers doctor` shows where it is looked for."
  },
  RUNCTL_E_FORBIDDEN: {
    exit: "credentials",
    means: "The credential may not do this.",
    advice: "Give the credential the missing permission, or use another one."
  },
  RUNCTL_E_NOT_FOUND: {
    exit: "usage",
    means: "The provider does not know what was asked for.",
    advice: "Check the id with `runctl list`."
  },
  RUNCTL_E_RATE_LIMITED: {
    exit: "provider",
    means: "The provider asks for fewer requests.",
    advice: "Wait a moment and try again."
  },
  RUNCTL_E_CONFLICT: {
    exit: "provider",
    means: "The machine is busy with something else: starting, stopping or locked.",
    advice: "Wait until the machine has settled and try again."
  },
  RUNCTL_E_REJECTED: {
    exit: "provider",
    means: "The provider refuses the request as it stands.",
    advice: "Change the request as the message says."
  },
  RUNCTL_E_UNAVAILABLE: {
    exit: "provider",
    means: "The provider or the network gave out.",
    advice: "Try again in a moment; the provider's status page may know more."
  },
  RUNCTL_E_OUTCOME_UNKNOWN: {
    exit: "provider",
    means: "The answer to a request that changes something was lost; it may or may not have happened.",
    advice: "Nothing is sent again blindly: `runctl list` shows what is there."
  },
  RUNCTL_E_UNSUPPORTED: {
    exit: "usage",
    means: "The provider cannot do this at all.",
    advice: "`runctl providers show` lists what it can do."
  },
  RUNCTL_E_MALFORMED_RESPONSE: {
    exit: "provider",
    means: "The provider answered with something its documentation does not promise.",
    advice: "Update the plugin; if it is up to date, report this to its author."
  },
  RUNCTL_E_BUG: {
    exit: "bug",
    means: "runctl itself failed in a way nobody expected.",
    advice: "Please report it with what `RUNCTL_DEBUG=1` prints in addition."
  }
} as const satisfies Readonly<Record<string, Explanation>>

/** Every code there is. */
export type Code = keyof typeof explanations

/** Whether a text is one of our codes. */
export const isCode = (text: string): text is Code => Object.hasOwn(explanations, text)

/** What the process ends with for a code. */
export const exitOf = (code: Code): number => exits[explanations[code].exit]
