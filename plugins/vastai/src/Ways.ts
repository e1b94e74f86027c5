/**
 * The ways to an instance's sshd: its host's own address, and Vast.ai's proxy.
 *
 * @source https://docs.vast.ai/guides/instances/connect/ssh
 * @since 0.1.0
 */
import type { Instance } from "./Answers.ts"

/** An address and a port. @category models @since 0.1.0 */
export interface Way {
  readonly host: string
  readonly port: number
}

const portIn = (port: number | string | null | undefined): number | undefined => {
  const number = typeof port === "string" && /^\d{1,5}$/.test(port.trim()) ? Number(port) : port
  return typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= 65_535 ? number : undefined
}

/**
 * The host's address and the port that leads to the container's sshd; there only while it runs, and where the host has
 * ports to give.
 *
 * @category accessors
 * @since 0.1.0
 */
export const directWay = ({ ports, public_ipaddr: address }: Instance): Way | undefined => {
  const host = (address ?? "").trim()
  const port = portIn(ports?.["22/tcp"]?.[0]?.HostPort)
  return host === "" || /\s/.test(host) || port === undefined ? undefined : { host, port }
}

/**
 * Vast.ai's own server, which passes on to the container. With Jupyter beside it sshd is one port further.
 *
 * @source https://github.com/vast-ai/vast-cli/issues/79
 * @category accessors
 * @since 0.1.0
 */
export const proxyWay = ({ image_runtype: mode, ssh_host: name, ssh_port: first }: Instance): Way | undefined => {
  const host = (name ?? "").trim()
  const port = portIn(first)
  if (host === "" || /\s/.test(host) || port === undefined) return undefined
  return { host, port: /jupyter/i.test(mode ?? "") ? port + 1 : port }
}
