import type { ErrorObject, ValidateFunction } from "ajv"

/** What can be asked of one endpoint. */
export interface Operation {
  readonly method: string
  readonly match: (path: string) => Readonly<Record<string, string>> | undefined
  readonly request: (
    sent: {
      readonly query?: Readonly<Record<string, string>>
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: unknown
    },
    params: Readonly<Record<string, string>>
  ) => ReadonlyArray<string>
  readonly answer: (answered: { readonly status: number; readonly body?: unknown }) => ReadonlyArray<string>
}

type Json = Readonly<Record<string, unknown>>

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const json = (value: unknown): Json => (isJson(value) ? value : {})

const list = (value: unknown): ReadonlyArray<Json> => (Array.isArray(value) ? value.filter(isJson) : [])

const dropped = new Set(["example", "examples", "discriminator", "xml", "externalDocs"])

const root = "openapi"

const mapped = (value: unknown, change: (value: unknown) => unknown): unknown =>
  Object.fromEntries(Object.entries(json(value)).map(([key, each]) => [key, change(each)]))

const converted = (key: string, value: unknown): unknown => {
  // The names in there are the vendor's, not keywords.
  if (key === "properties" || key === "schemas") return mapped(value, asJsonSchema)
  return key === "$ref" && typeof value === "string" ? value.replace(/^#/, `${root}#`) : asJsonSchema(value)
}

/** What OpenAPI 3.0 says otherwise than JSON Schema does. */
const asJsonSchema = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(asJsonSchema)
  if (!isJson(value)) return value
  const { exclusiveMaximum, exclusiveMinimum, nullable, ...rest } = value
  const kept = Object.entries(rest).filter(([key]) => !dropped.has(key))
  // A discriminator chooses among schemas that would allow the same thing.
  const named = (key: string) => (key === "oneOf" && "discriminator" in rest ? "anyOf" : key)
  const { type, ...out } = Object.fromEntries(kept.map(([key, each]) => [named(key), converted(key, each)]))
  const isNullable = nullable === true && typeof type === "string"
  return {
    ...out,
    ...(type === undefined ? {} : { type: isNullable ? [type, "null"] : type }),
    ...(isNullable && Array.isArray(out["enum"]) ? { enum: [...out["enum"], null] } : {}),
    ...(exclusiveMinimum === true ? { exclusiveMinimum: out["minimum"] } : {}),
    ...(exclusiveMaximum === true ? { exclusiveMaximum: out["maximum"] } : {})
  }
}

const resolver =
  (document: Json) =>
  (value: unknown): Json => {
    let found = json(value)
    while (typeof found["$ref"] === "string") {
      const names = found["$ref"].split("/").slice(1)
      found = json(names.reduce<unknown>((at, name) => json(at)[name], document))
    }
    return found
  }

const words = (errors: ReadonlyArray<ErrorObject> | null | undefined, where: string): ReadonlyArray<string> =>
  (errors ?? []).map(({ instancePath, message, params }) => {
    const name = params["unevaluatedProperty"] ?? params["additionalProperty"]
    return `${where}${instancePath}: ${message ?? "is wrong"}${typeof name === "string" ? ` (${name})` : ""}`
  })

const validators = async (document: Json) => {
  const [{ Ajv2019 }, { default: formats }] = await Promise.all([import("ajv/dist/2019.js"), import("ajv-formats")])
  const make = (coerceTypes: boolean) => {
    const ajv = new Ajv2019({ strict: false, unicodeRegExp: false, allErrors: true, logger: false, coerceTypes })
    formats.default(ajv)
    return ajv.addSchema({
      $id: root,
      components: { schemas: converted("schemas", json(document["components"])["schemas"]) }
    })
  }
  const [bodies, parameters] = [make(false), make(true)]
  return {
    body: (schema: unknown, isStrict: boolean): ValidateFunction =>
      bodies.compile({ allOf: [asJsonSchema(schema)], ...(isStrict ? { unevaluatedProperties: false } : {}) }),
    parameters: (all: ReadonlyArray<Json>): ValidateFunction =>
      parameters.compile({
        type: "object",
        properties: Object.fromEntries(all.map((each) => [String(each["name"]), asJsonSchema(each["schema"])])),
        required: all.filter((each) => each["required"] === true).map((each) => String(each["name"])),
        additionalProperties: false
      })
  }
}

type Validators = Awaited<ReturnType<typeof validators>>

const lazy = <A>(make: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => (made ??= { value: make() }).value
}

/** Errors may have a form of their own (RFC 9457). */
const schemaOf = (content: unknown): unknown =>
  json(json(content)["application/json"] ?? json(content)["application/problem+json"])["schema"]

/** Lists that stand in one word, with commas. */
const listed = (
  query: Readonly<Record<string, string>> = {},
  parameters: ReadonlyArray<Json>
): Readonly<Record<string, string | ReadonlyArray<string>>> => {
  const lists = new Set(
    parameters
      .filter(({ explode, schema }) => explode === false && json(schema)["type"] === "array")
      .map(({ name }) => String(name))
  )
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, lists.has(name) ? value.split(",") : value])
  )
}

const matcher = (template: string): Operation["match"] => {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "")
  const pattern = new RegExp(`^${template.replaceAll(/\{\w+\}/g, "([^/]+)")}$`)
  return (path) => {
    const match = pattern.exec(path)
    return match === null
      ? undefined
      : Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? "")]))
  }
}

const requestOf = (
  operation: Json,
  parameters: ReadonlyArray<Json>,
  make: Validators,
  resolve: (value: unknown) => Json
): Operation["request"] => {
  const inPlace = (place: string) => parameters.filter((each) => each["in"] === place)
  const ofQuery = inPlace("query")
  const query = lazy(() => make.parameters(ofQuery))
  const path = lazy(() => make.parameters(inPlace("path")))
  const headers = inPlace("header").filter((each) => each["required"] === true)
  const asked = resolve(operation["requestBody"])
  const schema = schemaOf(asked["content"])
  const body = lazy(() => make.body(schema, true))
  return (sent, params) => {
    const complaints = [
      ...(query()(listed(sent.query, ofQuery)) ? [] : words(query().errors, "query")),
      ...(path()({ ...params }) ? [] : words(path().errors, "path")),
      ...headers
        .map((each) => String(each["name"]))
        .filter((name) => sent.headers?.[name.toLowerCase()] === undefined)
        .map((name) => `header ${name} is missing`)
    ]
    if (sent.body === undefined) return asked["required"] === true ? [...complaints, "body: is missing"] : complaints
    if (schema === undefined) return [...complaints, "body: there is none in this request"]
    return body()(sent.body) ? complaints : [...complaints, ...words(body().errors, "body")]
  }
}

const answerOf = (operation: Json, make: Validators, resolve: (value: unknown) => Json): Operation["answer"] => {
  const responses = json(operation["responses"])
  const compiled = new Map<number, ValidateFunction | "none">()
  return ({ body, status }) => {
    const described = responses[String(status)] ?? responses["default"]
    if (described === undefined || (status < 300 && responses[String(status)] === undefined)) {
      return [`status ${status} is not described`]
    }
    const schema = schemaOf(resolve(described)["content"])
    const validate = compiled.get(status) ?? (schema === undefined ? "none" : make.body(schema, status < 400))
    compiled.set(status, validate)
    if (validate === "none") return body === undefined ? [] : [`status ${status} has no body`]
    return validate(body) ? [] : words(validate.errors, "body")
  }
}

const methods = ["get", "post", "put", "patch", "delete"]

/** Every endpoint of a description; literal paths come before those with parameters. */
export const compileDocument = async (document: unknown): Promise<ReadonlyArray<Operation>> => {
  const whole = json(document)
  const resolve = resolver(whole)
  const make = await validators(whole)
  const paths = Object.entries(json(whole["paths"])).toSorted(([a], [b]) => a.split("{").length - b.split("{").length)
  return paths.flatMap(([path, item]) =>
    methods.flatMap((method): ReadonlyArray<Operation> => {
      const operation = json(item)[method]
      if (!isJson(operation)) return []
      const parameters = [...list(json(item)["parameters"]), ...list(operation["parameters"])].map(resolve)
      return [
        {
          method: method.toUpperCase(),
          match: matcher(path),
          request: requestOf(operation, parameters, make, resolve),
          answer: answerOf(operation, make, resolve)
        }
      ]
    })
  )
}
