/**
 * Ids, runs and machines: what went wrong, and what to try.
 */
import type { Explanation } from "../Explanation.ts"

/** Ids, runs and machines. */
export const runs = {
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
  RUNCTL_E_CANNOT_ADOPT: {
    exit: "usage",
    means: "Only a machine of your owner whose key is unknown here, and whose end is known, can be taken over.",
    advice:
      "`runctl resources orphans` says what can be done about each; `--max-hours` gives a machine a deadline that has none, or whose own is past."
  },
  RUNCTL_E_NO_ORPHAN: {
    exit: "usage",
    means: "What is where it should be, or what nobody can see, is not cleaned up.",
    advice:
      "`runctl resources orphans` shows what is left over; `runctl terminate ID` ends a machine that you still have."
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
  }
} as const satisfies Readonly<Record<string, Explanation>>
