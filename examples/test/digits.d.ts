/** The examples are plain JavaScript; these are the parts of them that the tests import. */

declare module "*/digits/random.mjs" {
  export const randomFrom: (seed: number) => () => number
  export const shuffled: (count: number, random: () => number) => Array<number>
}

declare module "*/digits/data.mjs" {
  export const side: number
  export const makeDigits: (
    count: number,
    random: () => number
  ) => ReadonlyArray<{ readonly label: number; readonly pixels: Float32Array }>
}

declare module "*/digits/network.mjs" {
  export class Network {
    constructor(inputs: number, hidden: number, outputs: number, random: () => number)
    readonly parameters: Float32Array
    readonly gradient: Float32Array
    predict(pixels: Float32Array): Float32Array
    learn(pixels: Float32Array, label: number): number
  }
}
