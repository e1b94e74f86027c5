/**
 * This computer: configuration, RUNCTL_HOME, the supervisor and the journal: what went wrong, and what to try.
 */
import type { Explanation } from "../Explanation.ts"

/** This computer: configuration, RUNCTL_HOME, the supervisor and the journal. */
export const computer = {
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
  RUNCTL_E_PORT_IN_USE: {
    exit: "configuration",
    means: "Another program on this computer listens on that port, or you may not listen on it.",
    advice: "Take another one, `runctl forward ID 18888:8888`, or any that is free, `runctl forward ID 0:8888`."
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
    advice: "`runctl list` asks them all."
  },
  RUNCTL_E_BAD_PRICES: {
    exit: "configuration",
    means: "Prices cannot be compared: the snapshot is damaged, or an offer makes no sense or is not in US dollars.",
    advice: "Refresh them (`runctl offers refresh`), or install runctl again."
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
  }
} as const satisfies Readonly<Record<string, Explanation>>
