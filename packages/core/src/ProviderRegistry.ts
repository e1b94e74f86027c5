/**
 * Every provider there is, known by its manifest, loaded when it is used.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { didYouMean } from "./Nearest.ts"
import { contractProblem, type ProviderManifest } from "./ProviderManifest.ts"
import { PluginContext, type ProviderPlugin } from "./ProviderPlugin.ts"
import type { Shells } from "./Shell.ts"
import { type AnyTrainingProvider, TrainingProvider } from "./TrainingProvider.ts"

/**
 * Where a provider comes from. `load` imports its module; it is called at most once, and only when the provider is used.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProviderSource {
  /** For people: a package name with its place, `bundled`, or the line of a configuration file. */
  readonly origin: string
  readonly manifest: ProviderManifest
  /** False for what a project's own file names before `runctl trust`: listed, never loaded. */
  readonly trusted: boolean
  readonly load: () => Promise<unknown>
  /** Whether its credentials are where its manifest says; asked anew each time. Without it, it is taken to have them. */
  readonly hasCredentials?: () => boolean
}

/** Two plugins give themselves the same name. @category errors @since 0.1.0 */
export class DuplicateProvider extends Schema.TaggedError<DuplicateProvider>("@runctl/core/DuplicateProvider")(
  "DuplicateProvider",
  { name: Schema.String, origins: Schema.Array(Schema.String) }
) {
  override get message(): string {
    return `two providers are named "${this.name}": ${this.origins.join(" and ")}. Remove one of them.`
  }
}

/** Nobody has that name. @category errors @since 0.1.0 */
export class UnknownProvider extends Schema.TaggedError<UnknownProvider>("@runctl/core/UnknownProvider")(
  "UnknownProvider",
  { name: Schema.String, known: Schema.Array(Schema.String) }
) {
  override get message(): string {
    return `there is no provider "${this.name}".${didYouMean(this.name, this.known)} Known: ${this.known.join(", ")}.`
  }
}

/** The provider exists and cannot be used: not trusted, too new, or broken. @category errors @since 0.1.0 */
export class ProviderDisabled extends Schema.TaggedError<ProviderDisabled>("@runctl/core/ProviderDisabled")(
  "ProviderDisabled",
  { name: Schema.String, origin: Schema.String, why: Schema.String }
) {
  override get message(): string {
    return `the provider "${this.name}" (${this.origin}) cannot be used: ${this.why}`
  }
}

/** How a look-up fails. @category errors @since 0.1.0 */
export type RegistryError = DuplicateProvider | UnknownProvider | ProviderDisabled

/**
 * One line of the list: what the manifest says, and why it cannot be used when it cannot.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProviderEntry {
  readonly origin: string
  readonly manifest: ProviderManifest
  readonly disabled: string | undefined
  /** False when a credential that it needs is nowhere: it is asked only where it is named. */
  readonly hasCredentials: boolean
}

/**
 * Whether a provider is among those that are asked when none is named.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isAskedUnnamed = ({ disabled, hasCredentials }: ProviderEntry): boolean =>
  disabled === undefined && hasCredentials

/** What the host gives to plugins, beside each one's own context. @category models @since 0.1.0 */
export type HostServices = FileSystem.FileSystem | Path.Path | HttpClient.HttpClient | Shells

/** A provider as some settings made it, or why they cannot be had. */
interface Built {
  readonly settings: Result.Result<unknown, string>
  readonly provider: Effect.Effect<AnyTrainingProvider, ProviderDisabled>
}

interface Registered {
  readonly source: ProviderSource
  readonly plugin: Effect.Effect<ProviderPlugin, ProviderDisabled>
  /** What counts now; nothing before the first use. */
  built: Built | undefined
}

const untrusted = "it is named by a project's own file, which may not run code until you say `runctl trust`."

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/**
 * Why what a module exports is not the plugin that its manifest promises; `undefined` when it is.
 *
 * @category decisions
 * @since 0.1.0
 */
export const moduleProblem = (module: unknown, name: string): string | undefined => {
  const plugin = isRecord(module) ? module["plugin"] : undefined
  if (!isRecord(plugin)) return "its module exports no `plugin`."
  if (typeof plugin["api"] !== "number") return "its module's `plugin` does not say which `api` it speaks."
  const spoken = contractProblem(plugin["api"])
  if (spoken !== undefined) return `its module says that ${spoken}`
  if (plugin["name"] !== name) {
    return `its module's \`plugin\` is named "${String(plugin["name"])}", its package.json says "${name}".`
  }
  return isRecord(plugin["layer"]) ? undefined : "its module's `plugin` has no `layer`."
}

const isPlugin = (plugin: unknown, name: string): plugin is ProviderPlugin =>
  moduleProblem({ plugin }, name) === undefined

const said = (value: unknown): string => JSON.stringify(value) ?? "nothing"

/**
 * Where a manifest says something else than the provider that was loaded; `undefined` when they agree.
 *
 * @category decisions
 * @since 0.1.0
 */
export const capabilitiesProblem = (manifest: ProviderManifest, provider: AnyTrainingProvider): string | undefined => {
  const promised: Readonly<Record<string, unknown>> = manifest.capabilities
  const kept: Readonly<Record<string, unknown>> = provider.capabilities
  const differing = Object.keys(promised).filter((key) => !Equal.equals(promised[key], kept[key]))
  if (differing.length === 0) return undefined
  const each = differing.map((key) => `${key} is ${said(promised[key])} there and ${said(kept[key])} in the provider`)
  return `its package.json and its provider disagree about capabilities: ${each.join("; ")}.`
}

/**
 * Why a source cannot be used, as far as its manifest tells; `undefined` when it can.
 *
 * @category decisions
 * @since 0.1.0
 */
export const whyNot = ({ manifest, trusted }: ProviderSource): string | undefined =>
  contractProblem(manifest.api) ?? (trusted ? undefined : untrusted)

/**
 * Every provider there is.
 *
 * @category services
 * @since 0.1.0
 */
export class ProviderRegistry extends Context.Service<
  ProviderRegistry,
  {
    /** Adds one; fails when its name is taken, naming both origins. */
    readonly register: (source: ProviderSource) => Effect.Effect<void, DuplicateProvider>
    /** Adds all that a search found, in its order. */
    readonly discover: (sources: ReadonlyArray<ProviderSource>) => Effect.Effect<void, DuplicateProvider>
    /** All of them, by name, without loading any. */
    readonly list: Effect.Effect<ReadonlyArray<ProviderEntry>>
    readonly has: (name: string) => Effect.Effect<boolean>
    /**
     * Loads a provider the first time, and gives the same one for as long as its settings are the same. Settings that
     * it cannot use do not replace those that it could: that is logged once, and the provider stays as it was.
     */
    readonly get: (name: string) => Effect.Effect<AnyTrainingProvider, RegistryError>
  }
>()("@runctl/core/ProviderRegistry") {
  /**
   * A registry without providers. Their layers are built with the host's services and live as long as the registry.
   *
   * **Details**  `contextFor` is asked whenever a provider is, and may throw: its settings are compared by value, and a
   * provider whose settings have changed is built anew from the same module.
   *
   * @category layers
   * @since 0.1.0
   */
  static readonly layer = (
    contextFor: (name: string) => PluginContext["Service"]
  ): Layer.Layer<ProviderRegistry, never, HostServices> =>
    Layer.effect(
      ProviderRegistry,
      Effect.gen(function* () {
        const host = yield* Effect.context<HostServices>()
        const scope = yield* Effect.scope
        const registered = new Map<string, Registered>()
        const failures = new Map<string, string>()

        const load = Effect.fnUntraced(function* (source: ProviderSource) {
          const refusal = whyNot(source)
          if (refusal !== undefined) return yield* disabled(source, refusal)
          const module = yield* Effect.tryPromise({
            try: source.load,
            catch: (cause) =>
              disabled(source, `it cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`)
          })
          const { name } = source.manifest
          const plugin: unknown = isRecord(module) ? module["plugin"] : undefined
          if (isPlugin(plugin, name)) return plugin
          return yield* disabled(source, moduleProblem(module, name) ?? "it is no plugin.")
        })

        const build = Effect.fnUntraced(function* (
          { plugin, source }: Registered,
          context: Result.Result<PluginContext["Service"], string>
        ) {
          const { layer } = yield* plugin
          const { name } = source.manifest
          if (Result.isFailure(context)) {
            return yield* disabled(source, `its settings cannot be read: ${context.failure}`)
          }
          const built = yield* Layer.buildWithScope(layer, scope).pipe(
            Effect.provideContext(Context.add(host, PluginContext, context.success)),
            Effect.catchCause((cause) => disabled(source, `it cannot start: ${reasonOf(Cause.squash(cause))}`))
          )
          const provider = Context.getOption(built, TrainingProvider)
          if (Option.isNone(provider) || provider.value.name !== name) {
            return yield* disabled(source, `its layer does not give a provider named "${name}".`)
          }
          const disagreement = capabilitiesProblem(source.manifest, provider.value)
          if (disagreement !== undefined) return yield* disabled(source, disagreement)
          return provider.value
        })

        /** What has worked goes on when what has changed does not. */
        const orAsBefore = (
          { built: before, source }: Registered,
          build: Effect.Effect<AnyTrainingProvider, ProviderDisabled>
        ) => {
          const { name } = source.manifest
          return build.pipe(
            Effect.tap(() => Effect.sync(() => failures.delete(name))),
            Effect.catch((error) =>
              (before === undefined ? Effect.fail(error) : Effect.mapError(before.provider, () => error)).pipe(
                Effect.tap(() =>
                  Effect.logWarning(`the changed settings of "${name}" do not count, those before do: ${error.why}`)
                ),
                Effect.tapError(() => Effect.sync(() => failures.set(name, error.why)))
              )
            )
          )
        }

        const register = Effect.fnUntraced(function* (source: ProviderSource) {
          const { name } = source.manifest
          const plugin = yield* Effect.cached(load(source))
          const taken = registered.get(name)
          if (taken !== undefined) {
            return yield* new DuplicateProvider({ name, origins: [taken.source.origin, source.origin] })
          }
          registered.set(name, { source, plugin, built: undefined })
        })

        /** The provider as it is configured now: of many who ask at once, one has it built. */
        const current = Effect.fnUntraced(function* (found: Registered) {
          const context = Result.try({ try: () => contextFor(found.source.manifest.name), catch: reasonOf })
          const settings = Result.map(context, (here) => here.settings)
          const provider = yield* Effect.cached(orAsBefore(found, build(found, context)))
          if (found.built === undefined || !Equal.equals(found.built.settings, settings)) {
            found.built = { settings, provider }
          }
          return yield* found.built.provider
        })

        return ProviderRegistry.of({
          register,
          discover: (sources) => Effect.forEach(sources, register, { discard: true }),
          list: Effect.sync(() =>
            [...registered.values()]
              .map(({ source }) => ({
                origin: source.origin,
                manifest: source.manifest,
                disabled: whyNot(source) ?? failures.get(source.manifest.name),
                hasCredentials: source.hasCredentials?.() ?? true
              }))
              .toSorted((left, right) => (left.manifest.name < right.manifest.name ? -1 : 1))
          ),
          has: (name) => Effect.sync(() => registered.has(name)),
          get: Effect.fn("ProviderRegistry.get")(function* (name) {
            const found = registered.get(name)
            if (found === undefined) {
              return yield* new UnknownProvider({ name, known: [...registered.keys()].toSorted() })
            }
            return yield* current(found)
          })
        })
      })
    )
}

const disabled = ({ manifest: { name }, origin }: ProviderSource, why: string): ProviderDisabled =>
  new ProviderDisabled({ name, origin, why })

/** What went wrong, in words. */
const reasonOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error)
