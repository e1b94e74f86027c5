import { assert, describe, it } from "@effect/vitest"
import * as sdk from "@aws-sdk/client-ec2"
import { operations } from "@runctl/plugin-aws/Operations"
import * as Effect from "effect/Effect"
import { requestFor, publicKey, sent, using } from "./rented.ts"

/** The SDK's own description of a structure: its members' names, and what each of them is. */
type Described = ReadonlyArray<unknown>

const isList = (value: unknown): value is ReadonlyArray<unknown> => Array.isArray(value)

/** What is behind a reference, whether it is one or not. */
const seen = (value: unknown): unknown => {
  const target: unknown = typeof value === "function" ? Reflect.apply(value, undefined, []) : value
  return isList(target) && isList(target[0]) ? seen(target[0]) : target
}

const traitsOf = (member: unknown): Readonly<Record<string, unknown>> =>
  isList(member) && typeof member[1] === "object" && member[1] !== null ? { ...member[1] } : {}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

const targetOf = (member: unknown): unknown => seen(isList(member) ? member[0] : member)

/** Every parameter of a query that a structure has, as far down as it is asked for. */
const hasParameter = (structure: unknown, [name = "", ...rest]: ReadonlyArray<string>): boolean => {
  const described: Described = isList(structure) ? structure : []
  if (described[0] === 1) {
    // A list: a number, and then what it is a list of.
    return name === "n" && (rest.length === 0 || hasParameter(targetOf(described[4]), rest))
  }
  const [names, members] = [described[4], described[5]]
  if (!isList(names) || !isList(members)) return false
  return names.some((key, index) => {
    const traits = traitsOf(members[index])
    const query = traits["ec2QueryName"] ?? capital(String(traits["xmlName"] ?? key))
    return query === name && (rest.length === 0 || hasParameter(targetOf(members[index]), rest))
  })
}

const requestOf = (action: string): unknown => Reflect.get(sdk, `${action}Request$`)

const plain = (name: string): ReadonlyArray<string> => name.replaceAll(/\.\d+(?=\.|$)/g, ".n").split(".")

describe("the requests that are sent", () => {
  it.live("are as the SDK's own model of EC2 describes them", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        yield* provider.createResource(requestFor({ authorizedKey: publicKey, market: "spot", label: "a" }))
        yield* provider.companions.list
        for (const action of ["RunInstances", "ImportKeyPair", "AuthorizeSecurityGroupIngress", "DescribeTags"]) {
          const [request = {}] = sent(cloud, action)
          const names = Object.keys(request).filter((name) => name !== "Action" && name !== "Version")
          assert.isNotEmpty(names, action)
          for (const name of names) assert.isTrue(hasParameter(requestOf(action), plain(name)), `${action} ${name}`)
        }
      })
    )
  )

  it("would be told from others by that model", () => {
    assert.isTrue(hasParameter(requestOf("RunInstances"), plain("TagSpecification.1.Tag.2.Key")))
    assert.isFalse(hasParameter(requestOf("RunInstances"), plain("TagSpecifications.1.Tag.2.Key")))
    assert.isFalse(hasParameter(requestOf("RunInstances"), plain("MetadataOptions.HttpToken")))
    assert.isFalse(hasParameter(requestOf("DescribeTags"), plain("InstanceId.1")))
  })

  it("are of operations that the model has", () => {
    const ofOthers = new Set(["GetCallerIdentity", "GetProducts", "GetServiceQuota", "GetParameter"])
    for (const name of Object.keys(operations)) {
      if (!ofOthers.has(name)) assert.isDefined(requestOf(name), name)
    }
  })
})
