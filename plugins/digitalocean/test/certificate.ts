import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Whether there is no openssl to make certificates with. */
export const withoutOpenssl: boolean = spawnSync("openssl", ["version"]).status !== 0

const configuration = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
[any]
commonName = supplied
`

/** A key, and a certificate for this computer that was good for one day of 2020. */
export const expired = (): { readonly key: string; readonly cert: string } => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-certificate-"))
  const openssl = (...args: ReadonlyArray<string>): void => {
    const { status, stderr } = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" })
    if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`)
  }
  try {
    writeFileSync(join(folder, "ca.cnf"), configuration)
    writeFileSync(join(folder, "index.txt"), "")
    writeFileSync(join(folder, "serial"), "01")
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    openssl("req", "-new", ...curve, "-nodes", "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost")
    const times = ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"]
    const sign = ["-selfsign", "-batch", "-config", "ca.cnf", "-in", "request.pem", "-keyfile", "key.pem", "-notext"]
    openssl("ca", ...sign, ...times, "-out", "cert.pem")
    return { key: readFileSync(join(folder, "key.pem"), "utf8"), cert: readFileSync(join(folder, "cert.pem"), "utf8") }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
