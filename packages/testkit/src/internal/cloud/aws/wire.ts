/** A refusal in EC2's form. */
export class Refusal extends Error {
  readonly _tag = "Refusal"
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** Whether something that was thrown is one. */
export const isRefusal = (error: unknown): error is Refusal =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "Refusal"

/** The parameters of a query, whose lists are numbered and whose structures are joined by dots. */
export class Params {
  readonly #fields: ReadonlyMap<string, string>

  constructor(fields: ReadonlyMap<string, string>) {
    this.#fields = fields
  }

  static parse(body: string): Params {
    return new Params(new Map(new URLSearchParams(body)))
  }

  get names(): ReadonlyArray<string> {
    return [...this.#fields.keys()]
  }

  /** All of them in one order, whatever order they came in. */
  get text(): string {
    return [...this.#fields]
      .map(([name, value]) => `${name}=${value}`)
      .toSorted()
      .join("&")
  }

  get(name: string): string | undefined {
    return this.#fields.get(name)
  }

  need(name: string): string {
    const value = this.#fields.get(name)
    if (value === undefined || value === "") {
      throw new Refusal("MissingParameter", `The request must contain the parameter ${name}`)
    }
    return value
  }

  number(name: string): number | undefined {
    const value = this.#fields.get(name)
    if (value === undefined) return undefined
    if (!/^\d+$/.test(value)) throw new Refusal("InvalidParameterValue", `Value (${value}) for ${name} is invalid`)
    return Number(value)
  }

  flag(name: string): boolean {
    return this.#fields.get(name) === "true"
  }

  /** The structures of a list. */
  list(prefix: string): ReadonlyArray<Params> {
    const items = new Map<number, Map<string, string>>()
    for (const [name, value] of this.#fields) {
      const [, index, rest] = new RegExp(`^${prefix}\\.(\\d+)(?:\\.(.+))?$`).exec(name) ?? []
      if (index === undefined) continue
      const item = items.get(Number(index)) ?? new Map<string, string>()
      item.set(rest ?? "", value)
      items.set(Number(index), item)
    }
    return [...items].toSorted(([left], [right]) => left - right).map(([, item]) => new Params(item))
  }

  /** The values of a list. */
  texts(prefix: string): ReadonlyArray<string> {
    return this.list(prefix).flatMap((item) => item.get("") ?? [])
  }

  /** A structure. */
  inner(prefix: string): Params {
    return new Params(
      new Map(
        [...this.#fields].flatMap(([name, value]) =>
          name.startsWith(`${prefix}.`) ? [[name.slice(prefix.length + 1), value] as const] : []
        )
      )
    )
  }
}

/** What can be written as XML; a list is written as items. */
export type Xml = string | number | boolean | undefined | ReadonlyArray<Xml> | { readonly [name: string]: Xml }

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

const isList = (value: Xml): value is ReadonlyArray<Xml> => Array.isArray(value)

const written = (name: string, value: Xml): string => {
  if (value === undefined) return ""
  if (typeof value !== "object") return `<${name}>${escaped(String(value))}</${name}>`
  const inner = isList(value)
    ? value.map((each) => written("item", each)).join("")
    : Object.entries(value)
        .map(([key, each]) => written(key, each))
        .join("")
  return inner === "" ? `<${name}/>` : `<${name}>${inner}</${name}>`
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** The answer to an action. */
export const answerXml = (action: string, requestId: string, body: { readonly [name: string]: Xml }): string => {
  const inner = Object.entries({ requestId, ...body })
    .map(([name, value]) => written(name, value))
    .join("")
  return `${declaration}<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${inner}</${action}Response>`
}

/** A refusal of EC2. */
export const errorXml = (requestId: string, { code, message }: { readonly code: string; readonly message: string }) =>
  `${declaration}<Response><Errors>${written("Error", { Code: code, Message: message })}</Errors>${written("RequestID", requestId)}</Response>`

/** The answer and the refusal of STS, which has an older form. */
export const stsXml = (action: string, requestId: string, result: { readonly [name: string]: Xml }): string =>
  `${declaration}<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${written(`${action}Result`, result)}${written("ResponseMetadata", { RequestId: requestId })}</${action}Response>`

export const stsErrorXml = (
  requestId: string,
  { code, message }: { readonly code: string; readonly message: string }
) =>
  `${declaration}<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${written("Error", { Type: "Sender", Code: code, Message: message })}${written("RequestId", requestId)}</ErrorResponse>`
