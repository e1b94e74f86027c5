/**
 * Text as bytes and back.
 *
 * @since 0.1.0
 */

// Both exist wherever this package runs; the compiler is told of no platform's types.
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
}
declare class TextDecoder {
  decode(bytes: Uint8Array): string
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** UTF-8 bytes of a text. @category conversions @since 0.1.0 */
export const encode = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)

/** The text behind UTF-8 bytes; what is not UTF-8 becomes U+FFFD. @category conversions @since 0.1.0 */
export const decode = (bytes: Uint8Array): string => decoder.decode(bytes)
