/**
 * The name of a provider, and everything that is named after it.
 *
 * @since 0.1.0
 */

/**
 * A name that was accepted, in every form that a new plugin needs.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProviderName {
  /** What the provider is called, and the first part of its machines' ids: `acme-cloud`. */
  readonly name: string
  /** What people read: `Acme Cloud`. */
  readonly title: string
  /** How its environment variables begin: `ACME_CLOUD`. */
  readonly variable: string
  /** What npm calls its package: `runctl-plugin-acme-cloud`. */
  readonly packageName: string
}

/**
 * Why a name is none, and the nearest that would be one, where there is any.
 *
 * @category models
 * @since 0.1.0
 */
export interface NameMistake {
  readonly message: string
  readonly nearest: string | undefined
}

/** As long as a name may be: the manifest's own limit. */
const longest = 31

/**
 * What is called so already: the providers that come with runctl, and what stands for all of them.
 *
 * @category constants
 * @since 0.1.0
 */
export const takenNames: ReadonlyArray<string> = [
  "any",
  "aws",
  "digitalocean",
  "local",
  "lyceum",
  "runpod",
  "ssh",
  "vastai",
  "verda"
]

const isValid = (text: string): boolean => text.length <= longest && /^[a-z](-?[a-z0-9])*$/.test(text)

/** The valid name that a text most resembles. */
const nearestTo = (text: string): string | undefined => {
  const plain = text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replace(/^(@[^/]*\/)?(runctl-)?plugin-/i, "")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, longest)
    .replace(/-+$/, "")
  return isValid(plain) ? plain : undefined
}

const capitalised = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1)

const mistake = (text: string, why: string): NameMistake => {
  const nearest = nearestTo(text)
  return { message: `${JSON.stringify(text)} is no name for a provider: ${why}`, nearest }
}

const whyNot = (text: string): string =>
  text === ""
    ? "it is empty"
    : text.length > longest
      ? `it has ${text.length} characters, ${longest} are the most`
      : /^[^a-z]/.test(text)
        ? "it does not begin with a letter from a to z"
        : "only a to z, 0 to 9 and single dashes between them may stand in it"

/**
 * The name in all its forms, or what is wrong with it. `taken` are names that somebody has already, with who that is.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (
  text: string,
  taken: ReadonlyMap<string, string> = new Map(takenNames.map((name) => [name, "it comes with runctl"]))
): ProviderName | NameMistake => {
  if (/^(@[^/]*\/)?runctl-plugin-/.test(text)) {
    return mistake(text, "the name of the package is made from the provider's")
  }
  if (!isValid(text)) return mistake(text, whyNot(text))
  const owner = taken.get(text)
  if (owner !== undefined) {
    return { message: `there already is a provider "${text}" (${owner})`, nearest: undefined }
  }
  return {
    name: text,
    title: text.split("-").map(capitalised).join(" "),
    variable: text.replaceAll("-", "_").toUpperCase(),
    packageName: `runctl-plugin-${text}`
  }
}

/** Whether it is none, and says why. @category predicates @since 0.1.0 */
export const isMistake = (parsed: ProviderName | NameMistake): parsed is NameMistake => "message" in parsed
