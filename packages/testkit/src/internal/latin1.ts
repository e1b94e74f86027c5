/**
 * Bytes as text in which every byte is one character, and back.
 *
 * @since 0.1.0
 */

/** The bytes of a text whose characters are all below 256. */
export const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** The text whose characters are the bytes. */
export const text = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")
