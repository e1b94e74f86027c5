/**
 * What a program on a machine has switched on in our terminal and, when the connection is cut, never switches off.
 */

const esc = "\u001B"
const change = new RegExp(`${esc}\\[\\?([0-9;]{1,32})([hl])`, "g")
const begun = new RegExp(`${esc}(?:\\[(?:\\?[0-9;]{0,32})?)?$`)

/** The cursor is there unless somebody hid it; all else is off unless somebody switched it on. */
const cursor = "25"

/** Modes that leave a terminal unusable: other screen, mouse, focus, pasting, keys that send something else. */
const harmful = new Set([
  "1",
  "9",
  "47",
  "66",
  "1000",
  "1002",
  "1003",
  "1004",
  "1005",
  "1006",
  "1015",
  "1047",
  "1049",
  "2004"
])

/** Watches what goes to the terminal. */
export const watchModes = () => {
  const on = new Set<string>()
  let isCursorHidden = false
  let rest = ""
  return {
    see: (bytes: Uint8Array): void => {
      const text = rest + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
      for (const [, modes = "", to] of text.matchAll(change)) {
        for (const mode of modes.split(";")) {
          if (mode === cursor) isCursorHidden = to === "l"
          else if (to === "l") on.delete(mode)
          else if (harmful.has(mode)) on.add(mode)
        }
      }
      rest = begun.exec(text.slice(-40))?.[0] ?? ""
    },
    /** What puts the terminal back as it was; nothing when nothing is out of order. */
    restoring: (): string =>
      [...on].map((mode) => `${esc}[?${mode}l`).join("") + (isCursorHidden ? `${esc}[?${cursor}h` : "")
  }
}
