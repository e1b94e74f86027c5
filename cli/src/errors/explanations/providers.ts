/**
 * Money, capacity and providers: what went wrong, and what to try.
 */
import type { Explanation } from "../Explanation.ts"

/** Money, capacity and providers. */
export const providers = {
  RUNCTL_E_NO_OFFER_FITS: {
    exit: "capacity",
    means: "Nothing on offer has what was asked for.",
    advice: "Ask for less, in another region, or with `--provider any`; the message says what most offers lack."
  },
  RUNCTL_E_OFFERS_EXHAUSTED: {
    exit: "capacity",
    means: "Several offers were tried, and none of them could be had; the message says why of each.",
    advice:
      "Try again later, ask for less, or allow more: a higher --max-price, another GPU, `--on-demand-fallback` with --spot."
  },
  RUNCTL_E_BUDGET: {
    exit: "capacity",
    means: "At worst it would cost more than a budget has left.",
    advice: "Raise the budget, lower --max-hours, or take a cheaper machine."
  },
  RUNCTL_E_BAD_MACHINE: {
    exit: "capacity",
    means:
      "The provider gave a machine that is not what was rented: GPUs are missing, or say themselves that they are broken. It was ended; three such machines end a run.",
    advice: "Try another region or instance type, and tell the provider: the message says what was seen."
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
  RUNCTL_E_BUDGET_EXCEEDED: {
    exit: "capacity",
    means:
      "What was left of a budget only just covered ending in good order, so the run was ended: the job was stopped politely, its checkpoints and outputs were brought home.",
    advice: "Raise the budget and go on from the last checkpoint with `runctl train SCRIPT --resume RUN`."
  },
  RUNCTL_E_PRICE_TOO_LOW: {
    exit: "capacity",
    means: "The machine costs more than the highest price you allow.",
    advice: "Raise --max-price, or drop --spot."
  },
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
    exit: "usage",
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
  }
} as const satisfies Readonly<Record<string, Explanation>>
