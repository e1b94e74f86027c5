/**
 * The one key that runctl makes for its owner, for machines that are rented.
 *
 * @since 0.1.0
 */
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import ssh2 from "ssh2"

/** A pair that reads again: now and then ssh2 drops a byte of the one it makes. */
const newKey = (): { readonly secret: string; readonly shown: string } => {
  while (true) {
    const { private: secret, public: shown } = ssh2.utils.generateKeyPairSync("ed25519", { comment: "runctl" })
    const [key] = [ssh2.utils.parseKey(secret)].flat()
    const [open] = [ssh2.utils.parseKey(shown)].flat()
    if (key === undefined || open === undefined || key instanceof Error || open instanceof Error) continue
    const isPair = key.getPublicSSH().equals(open.getPublicSSH()) && open.verify("test", key.sign("test"))
    if (isPair) return { secret, shown }
  }
}

/** Makes the key when it is not there; of two who make it at once one wins. @category mutations @since 0.1.0 */
export const ensureOwnerKey = (file: string): void => {
  if (existsSync(file)) return
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const { secret, shown } = newKey()
  const draft = `${file}.${process.pid}.part`
  const write = (path: string, text: string, mode: number): void => {
    const open = openSync(path, "wx", mode)
    try {
      writeSync(open, text)
      fsyncSync(open)
    } finally {
      closeSync(open)
    }
  }
  try {
    write(draft, secret, 0o600)
    linkSync(draft, file)
    write(`${file}.pub`, `${shown}\n`, 0o644)
  } catch (error) {
    if (!existsSync(file)) throw error
  } finally {
    rmSync(draft, { force: true })
  }
}
