/** A system of its own: whatever is written anywhere is the machine's, and lasts until that is closed. */
export interface OwnSystem {
  readonly hostname: string
  /** Lines of shell for the first boot. */
  readonly install: ReadonlyArray<string>
  /** Whether files and folders can be made beside the usual ones, right below the root. */
  readonly ownRoot: boolean
  /** Of process 1. */
  readonly environment: Readonly<Record<string, string>>
}

/** What differs from this computer, on whichever kind of machine. */
export interface PlaceSettings {
  readonly folder: string
  readonly user: string
  readonly loginShell: string
  readonly greeting: string | undefined
  readonly only: ReadonlyArray<string> | undefined
  readonly without: ReadonlyArray<string>
  readonly programs: Readonly<Record<string, string>>
  readonly clockOffset: number
  readonly hidden: ReadonlyArray<string>
  readonly readOnlyHome: boolean
  readonly diskBytes: number | undefined
  /** In a namespace only. */
  readonly system?: OwnSystem
}

/** Where a machine's processes run, and how it looks from there. */
export interface Place {
  /** The machine's folder, as the machine sees it. */
  readonly folder: string
  readonly home: string
  /** What a login's environment has to be, beside what sshd makes of it. */
  readonly environment: Readonly<Record<string, string>>
  /** The program between sshd and the login shell. */
  readonly login: string | undefined
  readonly boot: () => Promise<void>
  /** A command on this computer that runs the given one there. */
  readonly enter: (command: ReadonlyArray<string>) => ReadonlyArray<string>
  /** Where this computer sees a path of the machine. */
  readonly pathOf: (path: string) => string
  readonly end: () => Promise<void>
  /** Kept when the machine has switched itself off or is to start again; where it can. */
  readonly ended?: () => Promise<"off" | "reboot">
  /** The same at once. */
  readonly abandon: () => void
}
