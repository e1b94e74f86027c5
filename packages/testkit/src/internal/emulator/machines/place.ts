import { spawnSync } from "node:child_process"
import { randomInt } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:net"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { namespaceMissing } from "../../ssh/namespacePlace.ts"
import { find, needed } from "../../ssh/programs.ts"
import { quoted } from "../../ssh/scripts.ts"

/** Whether layers can be laid over this computer's folders, with what is written in the folder for temporary files. */
const layersMissing = (): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-layers-"))
  try {
    const options = `lowerdir=/etc,upperdir=${folder}/upper,workdir=${folder}/work`
    const script = `mkdir ${quoted(folder)}/upper ${quoted(folder)}/work && mount -t overlay -o ${quoted(options)} overlay /etc`
    const { status } = spawnSync(needed("unshare"), ["--mount", "--uts", "sh", "-c", script])
    return status === 0 ? undefined : `no layer can be laid over a folder with what is written in ${tmpdir()}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Why no machine of its own can be had here. */
export const machinesMissing = (): string | undefined => {
  if (find("sshd") === undefined || find("ssh-keygen") === undefined) return "there is no sshd or ssh-keygen here"
  return namespaceMissing() ?? layersMissing()
}

const canListen = async (address: string, port: number): Promise<boolean> => {
  const server = createServer()
  try {
    server.listen(port, address)
    await once(server, "listening")
    server.close()
    return true
  } catch {
    return false
  }
}

/** Addresses of this computer that are nobody else's: the one numbered 0 is for all, the port is free on the first. */
export const addresses = async (port: number): Promise<(index: number) => string> => {
  const [second, third] = [randomInt(32, 224), randomInt(1, 255)]
  const address = (index: number) => `127.${second}.${(third + (index >> 8)) & 255}.${index & 255}`
  if (await canListen(address(1), port)) return address
  throw new Error(`port ${port} of ${address(1)} cannot be listened at: choose another one with sshPort`)
}
