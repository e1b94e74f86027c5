/**
 * How runctl was called: what went wrong, and what to try.
 */
import type { Explanation } from "../Explanation.ts"

/** How runctl was called. */
export const usage = {
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
  RUNCTL_E_NO_MACHINE: {
    exit: "usage",
    means: "`--all` means your own machines that run, and none of them is what the filters ask for.",
    advice: "`runctl list` shows all machines; `runctl create` rents one."
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
  RUNCTL_E_BUG: {
    exit: "bug",
    means: "runctl itself failed in a way nobody expected.",
    advice: "Please report it with what `RUNCTL_DEBUG=1` prints in addition."
  }
} as const satisfies Readonly<Record<string, Explanation>>
