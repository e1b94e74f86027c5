import { spawnSync } from "node:child_process"
import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "vitest"
import { type Box, program } from "../../../test/harness/Box.ts"
import { boxed } from "../../../test/harness/boxed.ts"
import { argumentsOf, signal } from "../../../test/harness/processes.ts"
import { lacking } from "../../../test/harness/tools.ts"
import { until } from "../../../test/harness/until.ts"
import { withoutSshd } from "../../../test/harness/withoutSshd.ts"
import { authorizedKeys, onHosts } from "../hosts.ts"

const noTmux = lacking("tmux", "-V")

/** A terminal of its own, by tmux: a shell in which `runctl` is a word. */
class Screen {
  readonly #box: Box

  constructor(box: Box) {
    this.#box = box
    box.file("runctl", `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, 0o755)
    this.#tmux(["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", "env", "PS1=here> ", "PS2=", "sh"])
    this.type("PATH=$PWD:$PATH")
  }

  #tmux(args: ReadonlyArray<string>): string {
    const socket = `${this.#box.folder}/tmux`
    const { cwd, env } = { cwd: this.#box.project, env: { ...this.#box.env, TERM: "xterm-256color" } }
    const { stderr, stdout } = spawnSync("tmux", ["-S", socket, ...args], { cwd, env, encoding: "utf8" })
    if (stderr !== "" && args[0] !== "kill-server") throw new Error(stderr)
    return stdout
  }

  press(keys: string): void {
    this.#tmux(["send-keys", "-l", "--", keys])
  }

  type(line: string): void {
    this.press(line)
    this.#tmux(["send-keys", "Enter"])
  }

  key(name: string): void {
    this.#tmux(["send-keys", name])
  }

  resize(columns: number, rows: number): void {
    this.#tmux(["resize-window", "-x", String(columns), "-y", String(rows)])
  }

  get text(): string {
    return this.#tmux(["capture-pane", "-p", "-J", "-S", "-200"])
  }

  /** Whether it shows the other screen, and a cursor. */
  get modes(): string {
    return this.#tmux(["display-message", "-p", "#{alternate_on} #{cursor_flag}"]).trim()
  }

  async shows(pattern: RegExp): Promise<void> {
    await until(`the screen shows ${pattern}`, () => pattern.test(this.text), 30).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.text}`, { cause: error })
    })
  }

  close(): void {
    this.#tmux(["kill-server"])
  }
}

const inTerminal = async (box: Box, body: (screen: Screen) => Promise<void>): Promise<void> => {
  const screen = new Screen(box)
  try {
    await body(screen)
  } finally {
    screen.close()
  }
}

/** Echo and whole lines, as a shell leaves them, on the usual screen with a cursor. */
const isRestored = async (screen: Screen): Promise<void> => {
  const mark = Math.floor(Math.random() * 1e6)
  const modes = "$(stty -a | tr ' ' '\\n' | grep -x -e icanon -e echo -e isig | sort | tr '\\n' ' ')"
  screen.type(`echo "${modes}$((${mark} + 1))"`)
  await screen.shows(new RegExp(`^echo icanon isig ${mark + 1}`, "m"))
  assert.strictEqual(screen.modes, "0 1")
}

const skip = withoutSshd ?? noTmux

describe("a shell on a machine, in a terminal", () => {
  boxed(
    "has a real terminal of the right kind and size, follows the window, and passes its exit code on",
    (box) =>
      onHosts(box, ["one"], () =>
        inTerminal(box, async (screen) => {
          screen.type("runctl ssh one; echo code=$?")
          screen.type(
            'echo "T=$TERM $(stty size) $(tty | cut -c1-9)"; [ "$PWD" = "$RUNCTL_MACHINE_DIR" ] && echo in=place'
          )
          await screen.shows(/T=\S+ 30 100 \/dev\/pts/)
          await screen.shows(/^in=place/m)
          screen.resize(77, 23)
          await until("the size has arrived", async () => {
            screen.type("stty size")
            await screen.shows(/stty size/)
            return /^23 77$/m.test(screen.text)
          })
          screen.type("sh -c 'echo asle\"\"ep; exec sleep 4719'")
          await screen.shows(/^asleep$/m)
          screen.key("C-c")
          screen.type("echo after=$?")
          await screen.shows(/after=130/)
          screen.type("exit 42")
          await screen.shows(/code=42/)
          await isRestored(screen)
        })
      ),
    { skip }
  )

  boxed(
    "gives the terminal back when it is left with ~., when the connection is cut, and when it is killed",
    (box) =>
      onHosts(box, ["one"], ([host]) =>
        inTerminal(box, async (screen) => {
          screen.type("runctl ssh one; echo code=$?")
          screen.type("printf 'there%s' 1; printf '\\033[?1049h\\033[?25linside'")
          await until("the other screen is shown", () => screen.modes === "1 0")
          screen.key("Enter")
          screen.press("~.")
          await screen.shows(/code=130/)
          await screen.shows(/connection to one is closed/)
          await isRestored(screen)

          screen.type("runctl ssh one; echo code=$?")
          screen.type("echo again$((1 + 1))")
          await screen.shows(/again2/)
          host?.killConnections()
          await screen.shows(/code=6/)
          await screen.shows(/runctl ssh one/)
          await isRestored(screen)

          screen.type("runctl ssh one; echo killed=$?")
          screen.type("echo pid$((1 + 1))")
          await screen.shows(/pid2/)
          for (const pid of box.processes) if (argumentsOf(pid).endsWith(" ssh one")) signal(pid, "SIGTERM")
          await screen.shows(/killed=130/)
          await isRestored(screen)
        })
      ),
    { skip }
  )

  boxed(
    "runs one command in a terminal with --tty, and none without a terminal here",
    (box) =>
      onHosts(box, ["one"], () =>
        inTerminal(box, async (screen) => {
          screen.type("runctl ssh one --tty -- sh -c 'test -t 0 && test -t 1 && echo both; exit 9'; echo code=$?")
          await screen.shows(/^both/m)
          await screen.shows(/code=9/)
          const { code, stderr } = await box.run(["ssh", "one", "--tty", "--", "true"])
          assert.strictEqual(code, 2)
          assert.match(stderr, /--tty needs a terminal/)
        })
      ),
    { skip }
  )

  boxed(
    "is this terminal for a machine that is this computer",
    (box) =>
      inTerminal(box, async (screen) => {
        assert.strictEqual((await box.run(["create", "--provider", "local", "--name", "mine"])).code, 0)
        screen.type("SHELL=/bin/sh runctl ssh mine; echo code=$?")
        screen.type('echo "$(stty size) [$PWD] = [$HOME]"')
        await screen.shows(/30 100 \[(\S+)\] = \[\1\]/)
        screen.type("sh -c 'echo asle\"\"ep; exec sleep 4720'")
        await screen.shows(/^asleep$/m)
        screen.key("C-c")
        screen.type("exit 11")
        await screen.shows(/code=11/)
        await isRestored(screen)
        assert.strictEqual((await box.run(["terminate", "mine", "--yes"])).code, 0)
      }),
    { skip: noTmux }
  )

  boxed(
    "ends on a machine that is this computer when it is told to or its machine ends, and gives the terminal back",
    (box) =>
      inTerminal(box, async (screen) => {
        for (const shell of ["/bin/sh", "/bin/bash"]) {
          assert.strictEqual((await box.run(["create", "--provider", "local", "--name", "mine"])).code, 0)
          screen.type("clear")
          screen.type(`SHELL=${shell} runctl ssh mine; echo told=$?`)
          screen.type("echo in$((1 + 1))")
          await screen.shows(/in2/)
          for (const pid of box.processes) if (argumentsOf(pid).endsWith(" ssh mine")) signal(pid, "SIGTERM")
          await screen.shows(/told=130/)
          await isRestored(screen)

          screen.type(`SHELL=${shell} runctl ssh mine; echo ended=$?`)
          screen.type("stty -echo -icanon; echo in$((1 + 2))")
          await screen.shows(/in3/)
          assert.strictEqual((await box.run(["terminate", "mine", "--yes"])).code, 0)
          await screen.shows(/ended=137/)
          await isRestored(screen)
        }
      }),
    { skip: noTmux, timeout: 90_000 }
  )

  boxed(
    "begins once the passphrase of the user's key was typed, which shows nowhere",
    (box) =>
      onHosts(
        box,
        ["one"],
        () =>
          inTerminal(box, async (screen) => {
            const key = join(box.folder, "user-key")
            spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "open sesame", "-f", key])
            copyFileSync(`${key}.pub`, authorizedKeys(box))
            screen.type("runctl ssh one; echo code=$?")
            await screen.shows(/Passphrase of/)
            screen.type("wrong")
            await screen.shows(/That was not it/)
            screen.type("open sesame")
            await screen.shows(/~[#$] /)
            screen.type("stty size; exit 3")
            await screen.shows(/^30 100$/m)
            await screen.shows(/code=3/)
            assert.notInclude(screen.text, "sesame")
            screen.type("clear")
            screen.type("runctl ssh one -- sh -c 'echo rea''dy; read x; echo got-$x'; echo code=$?")
            await screen.shows(/Passphrase of/)
            screen.type("open sesame")
            await screen.shows(/^ready$/m)
            screen.type("a-line")
            await screen.shows(/^got-a-line\ncode=0$/m)
            await isRestored(screen)
          }),
        ({ hostKey }) => ({ hostKey, login: "user", identityFile: join(box.folder, "user-key") })
      ),
    { skip, timeout: 90_000 }
  )
})
