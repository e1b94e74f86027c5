/**
 * What a machine that is this computer inherits from the process that runs runctl.
 *
 * @since 0.1.0
 */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"

const names = [
  "PATH",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "USER",
  "LOGNAME",
  "SHELL",
  "TERM",
  "LD_LIBRARY_PATH",
  "DYLD_LIBRARY_PATH",
  "VIRTUAL_ENV",
  "XDG_CACHE_HOME",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "NODE_EXTRA_CA_CERTS",
  // Where packages come from: without these a computer behind a mirror could not prepare a job.
  "PIP_INDEX_URL",
  "PIP_CONFIG_FILE",
  "PIP_CACHE_DIR",
  "UV_INDEX_URL",
  "UV_DEFAULT_INDEX",
  "UV_CACHE_DIR",
  "npm_config_registry",
  "npm_config_userconfig",
  "npm_config_cache",
  "NPM_CONFIG_REGISTRY",
  "NPM_CONFIG_USERCONFIG",
  "NPM_CONFIG_CACHE"
] as const

/** Families whose members are not known beforehand; none of them holds credentials. */
const families = ["LC", "CUDA", "NVIDIA", "ROCR", "HIP", "CONDA", "PYENV"] as const

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

const members = (
  provider: ConfigProvider.ConfigProvider,
  path: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<readonly [string, string]>> =>
  Effect.gen(function* () {
    const node = yield* Effect.orElseSucceed(provider.load(path), () => undefined)
    if (node === undefined) return []
    const own = node.value === undefined ? [] : [[path.join("_"), node.value] as const]
    const below =
      node._tag === "Record" ? yield* Effect.forEach([...node.keys], (key) => members(provider, [...path, key])) : []
    return [...own, ...below.flat()]
  })

/**
 * The variables a machine that is this computer inherits: a list of what commands need and nothing else, so that no
 * setting of the supervisor and no vendor's credential reaches a job that did not ask for it.
 *
 * **Details**  read through the `ConfigProvider` in place (the process environment unless replaced): search path,
 * locale, proxies and certificates, package indexes, and the families `LC_`, `CUDA_`, `NVIDIA_`, `ROCR_`, `HIP_`,
 * `CONDA_`, `PYENV_`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const parentEnvironment: Effect.Effect<Readonly<Record<string, string>>> = Effect.gen(function* () {
  const provider = yield* ConfigProvider.ConfigProvider
  const single = yield* Effect.forEach(names, (name) =>
    Effect.map(
      Effect.orElseSucceed(provider.load([name]), () => undefined),
      (node) => (node?.value === undefined ? [] : [[name, node.value] as const])
    )
  )
  const several = yield* Effect.forEach(families, (family) => members(provider, [family]))
  return { PATH: defaultPath, ...Object.fromEntries([...single.flat(), ...several.flat()]) }
})
