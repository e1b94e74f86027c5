/**
 * Asks on the terminal: before something that costs or cannot be undone, and for what only a person knows.
 */
import { fail } from "./errors/Failure.ts"

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/** Asks on the terminal; throws when the answer is no. Standard output stays clean. */
export const confirm = async (question: string): Promise<void> => {
  const { default: ask } = await import("@inquirer/confirm")
  const answer = await ask({ message: question, default: false }, { output: process.stderr }).catch(
    (error: unknown) => {
      if (error instanceof Error && error.name === "ExitPromptError") throw fail("RUNCTL_E_CANCELLED", "interrupted")
      throw error
    }
  )
  if (!answer) throw fail("RUNCTL_E_DECLINED", "nothing was changed")
}

/** Asks for the passphrase of a private key; nothing when the person does not say it. */
export const askPassphrase = async (file: string, isAgain: boolean): Promise<string | undefined> => {
  const { default: ask } = await import("@inquirer/password")
  const message = `${isAgain ? "That was not it. " : ""}Passphrase of ${file}:`
  return ask({ message, mask: false }, { output: process.stderr }).catch((error: unknown) => {
    if (error instanceof Error && error.name === "ExitPromptError") return undefined
    throw error
  })
}
