import { describe, expect, it } from "vitest"
import { evenly, help, read } from "../../src/internal/emulator/arguments.ts"
import { patiently, run } from "./run.ts"

const asked = (...words: ReadonlyArray<string>) => read(words, undefined)

describe("the program", () => {
  it("says in a line of JSON how to reach it, shows what there is, and ends with Ctrl-C", async () => {
    await using program = run("emulate", "digitalocean", "--json", "--seed", "7")
    await expect.poll(program.said, patiently).toMatch(/\n$/)
    const { environment, state, token, url } = JSON.parse(program.said())
    expect(environment).toEqual({ RUNCTL_DIGITALOCEAN_ENDPOINT: url, DIGITALOCEAN_TOKEN: token })
    const body = JSON.stringify({
      name: "one",
      size: "s-1vcpu-1gb",
      image: "ubuntu-24-04-x64",
      user_data: "#!/bin/sh\n# secret"
    })
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
    expect((await fetch(`${url}/v2/droplets`, { method: "POST", headers, body })).status).toBe(202)
    const shown = await (await fetch(state)).text()
    expect(JSON.parse(shown)).toMatchObject({
      billing: 1,
      machines: [{ name: "one" }],
      requests: [{ method: "POST", status: 202 }]
    })
    expect(shown).not.toMatch(/secret|dop_v1/)
    expect((await fetch(`${url}/_emulator/elsewhere`)).status).toBe(404)
    program.kill("SIGINT")
    expect(await program.exit).toEqual([0, null])
    await expect(fetch(url)).rejects.toThrow(/fetch failed/)
  })

  it("says for people what to set, and in the end what it would have cost", async () => {
    await using program = run("emulate", "digitalocean", "--boot", "3")
    await expect
      .poll(program.said, patiently)
      .toMatch(/export RUNCTL_DIGITALOCEAN_ENDPOINT=http.*\n.*export DIGITALOCEAN_TOKEN=dop/)
    program.kill("SIGTERM")
    await program.exit
    expect(program.said()).toMatch(/0 machines were rented; they would have cost \$0\.00\./)
  })

  it("exits with 2 and says what is wrong with its arguments", async () => {
    await using program = run("emulate", "digitalocaen")
    expect(await program.exit).toEqual([2, null])
    expect(program.complained()).toMatch(
      /there is no "digitalocaen": is it digitalocean\? the emulated clouds are .*\n {2}Try: testkit --help/
    )
  })

  it("takes what its help names, each with its own kind of value", () => {
    const { kind } = asked("emulate", "digitalocean", "--machines", "none", "--time-scale", "0.5", "--faults", "30")
    expect(kind).toBe("emulate")
    expect(asked("emulate", "digitalocean", "--port", "4010", "--stale", "30", "--latency", "5")).toMatchObject({
      options: { port: 4010, staleSeconds: 30, latencyMillis: 5 }
    })
    for (const wrong of [
      ["--port", "0"],
      ["--port", "1.5"],
      ["--machines", "vm"],
      ["--boot", "-1"],
      ["--nonsense"],
      ["more"],
      ["--seed", ""]
    ]) {
      expect([wrong, asked("emulate", "digitalocean", ...wrong).kind]).toEqual([wrong, "wrong"])
    }
    expect([asked().kind, asked("--help").kind, asked("emulate", "-h").kind]).toEqual(["help", "help", "help"])
    const named = new Set(help.match(/--[a-z-]+/g))
    for (const name of named)
      expect([name, asked("emulate", "digitalocean", name, "1")]).not.toMatchObject([
        name,
        { message: expect.stringMatching(/Unknown option/) }
      ])
    expect(Object.values(evenly(0.7)).every((rate) => Math.abs(rate - 0.1) < 1e-9)).toBe(true)
  })
})
