/** A link of a certain speed: a network namespace with a token bucket at both ends. */
import { execFileSync, spawnSync } from "node:child_process"
import { userInfo } from "node:os"
import { machine, SshBench } from "./Bench.ts"

const run = (line: string): void => {
  execFileSync("sh", ["-ec", line], { stdio: ["ignore", "ignore", "pipe"] })
}

const space = `rcbench${process.pid}`
const [here, there] = [`rcb${process.pid}a`.slice(0, 15), `rcb${process.pid}b`.slice(0, 15)]

const undo = (): void => {
  spawnSync("sh", ["-c", `ip link del ${here}; ip netns del ${space}`], { stdio: "ignore" })
}

/** A sshd behind such a link, or why there can be none. */
export const limited = async (
  bitsPerSecond: number
): Promise<{ readonly bench: SshBench; readonly close: () => Promise<void> } | string> => {
  if (userInfo().uid !== 0) return "only root can make a link of a certain speed"
  try {
    run(`ip netns add ${space}
ip link add ${here} type veth peer name ${there} netns ${space}
ip addr add 10.77.0.1/30 dev ${here}
ip link set ${here} up
ip -n ${space} addr add 10.77.0.2/30 dev ${there}
ip -n ${space} link set ${there} up
ip -n ${space} link set lo up
tc qdisc add dev ${here} root tbf rate ${bitsPerSecond}bit burst 256kb latency 50ms
ip netns exec ${space} tc qdisc add dev ${there} root tbf rate ${bitsPerSecond}bit burst 256kb latency 50ms`)
    const sshd = await machine({ network: { namespace: space, address: "10.77.0.2" } })
    const bench = new SshBench(sshd)
    return {
      bench,
      close: async () => {
        await bench.destroy()
        undo()
      }
    }
  } catch (error) {
    undo()
    return `a link of a certain speed cannot be made here: ${error instanceof Error ? (error.message.split("\n")[1] ?? error.message) : String(error)}`
  }
}
