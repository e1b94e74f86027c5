import * as FileSystem from "effect/FileSystem"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as PlatformError from "effect/PlatformError"

const missing = (path: string) =>
  PlatformError.systemError({ _tag: "NotFound", module: "FileSystem", method: "readFile", pathOrDescriptor: path })

/** Files that take no time, so that laws can be judged by a virtual clock. */
export const memoryFiles = (): Layer.Layer<FileSystem.FileSystem> => {
  const files = new Map<string, Uint8Array>()
  let folders = 0
  const writeFile = (path: string, content: Uint8Array) =>
    Effect.sync(() => {
      files.set(path, content)
    })
  return FileSystem.layerNoop({
    makeTempDirectoryScoped: () => Effect.sync(() => `/memory/${folders++}`),
    makeDirectory: () => Effect.void,
    writeFile,
    writeFileString: (path, text) => writeFile(path, new TextEncoder().encode(text)),
    readFile: (path) =>
      Effect.suspend(() => Effect.fromNullishOr(files.get(path)).pipe(Effect.mapError(() => missing(path))))
  })
}
