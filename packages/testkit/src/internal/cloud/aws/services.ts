import type { Answer } from "../http.ts"
import { diskUsd, images, regions, types } from "./catalogue.ts"
import { priceOnDemand } from "./lookups.ts"
import type { World } from "./World.ts"

/** A refusal in the form of services that speak JSON. */
export const jsonError = (status: number, type: string, message: string): Answer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: { __type: type, message }
})

const json = (body: unknown): Answer => ({
  status: 200,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body
})

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const text = (body: Readonly<Record<string, unknown>>, key: string): string => {
  const value = body[key]
  return typeof value === "string" ? value : ""
}

/** What of a body is not known here. */
const unknownIn = (body: Readonly<Record<string, unknown>>, known: ReadonlyArray<string>): ReadonlyArray<string> =>
  Object.keys(body).filter((key) => !known.includes(key))

interface Product {
  readonly family: string
  readonly attributes: Readonly<Record<string, string>>
  readonly unit: string
  readonly usd: string
}

const machineAttributes = (region: string, type: string) => ({
  regionCode: region,
  instanceType: type,
  operatingSystem: "Linux",
  preInstalledSw: "NA",
  capacitystatus: "Used",
  tenancy: "Shared"
})

/** The list as it is: with Windows, with blocks that cost nothing, with disks. */
const products = (world: World): ReadonlyArray<Product> =>
  Object.keys(regions).flatMap((region) => [
    ...types.flatMap((type): ReadonlyArray<Product> => {
      const usd = priceOnDemand(world, type, region)
      const attributes = machineAttributes(region, type.name)
      const family = "Compute Instance"
      const block = { ...attributes, marketoption: "CapacityBlock" }
      return [
        { family, attributes: block, unit: "Hrs", usd: "0.0000000000" },
        ...(usd === undefined
          ? []
          : [
              {
                family,
                attributes: { ...attributes, operatingSystem: "Windows", marketoption: "OnDemand" },
                unit: "Hrs",
                usd: String(usd * 2)
              },
              { family, attributes: { ...attributes, marketoption: "OnDemand" }, unit: "Hrs", usd: usd.toFixed(10) }
            ])
      ]
    }),
    ...Object.entries(diskUsd).map(([volumeApiName, usd]) => ({
      family: "Storage",
      attributes: { regionCode: region, volumeApiName },
      unit: "GB-Mo",
      usd: (usd * (regions[region]?.factor ?? 1)).toFixed(10)
    }))
  ])

const row = ({ attributes, family, unit, usd }: Product, index: number): string => {
  const sku = `SKU${String(index).padStart(6, "0")}`
  const dimension = { unit, pricePerUnit: { USD: usd }, rateCode: `${sku}.T.D` }
  const term = { sku, effectiveDate: "2026-11-01T00:00:00Z", priceDimensions: { [`${sku}.T.D`]: dimension } }
  return JSON.stringify({
    product: { productFamily: family, attributes, sku },
    serviceCode: "AmazonEC2",
    terms: { OnDemand: { [`${sku}.T`]: term } }
  })
}

const productsOf = (world: World, body: Readonly<Record<string, unknown>>, pageSize: number): Answer => {
  if (text(body, "ServiceCode") !== "AmazonEC2") {
    return jsonError(400, "InvalidParameterException", "only AmazonEC2 is emulated")
  }
  const filters = Array.isArray(body["Filters"]) ? body["Filters"].filter(isRecord) : []
  if (filters.some((filter) => text(filter, "Type") !== "TERM_MATCH")) {
    return jsonError(400, "InvalidParameterException", "only TERM_MATCH is emulated")
  }
  const fitting = products(world).filter(({ attributes, family }) =>
    filters.every((filter) => {
      const field = text(filter, "Field")
      const value = field === "productFamily" ? family : attributes[field]
      return value === text(filter, "Value")
    })
  )
  const most = typeof body["MaxResults"] === "number" ? body["MaxResults"] : 100
  if (most > 100) return jsonError(400, "InvalidParameterException", "MaxResults must be at most 100")
  const at = Number(text(body, "NextToken") || "0")
  const next = at + Math.min(most, pageSize)
  return json({
    FormatVersion: "aws_v1",
    PriceList: fitting.slice(at, next).map((each, index) => row(each, at + index)),
    ...(next < fitting.length ? { NextToken: String(next) } : {})
  })
}

interface Service {
  readonly known: ReadonlyArray<string>
  readonly run: (
    world: World,
    body: Readonly<Record<string, unknown>>,
    around: { readonly pageSize: number; readonly region: string }
  ) => Answer
}

const jsonServices: Readonly<Record<string, Service>> = {
  "AmazonSSM.GetParameter": {
    known: ["Name"],
    run: (_, body) => {
      const name = text(body, "Name")
      const image = images.find(({ parameter }) => parameter === name)
      return image === undefined
        ? jsonError(400, "ParameterNotFound", "")
        : json({ Parameter: { Name: name, Type: "String", Value: image.id, Version: 1, DataType: "aws:ec2:image" } })
    }
  },
  "AWSPriceListService.GetProducts": {
    known: ["ServiceCode", "FormatVersion", "Filters", "MaxResults", "NextToken"],
    run: (world, body, { pageSize, region }) =>
      region === "us-east-1"
        ? productsOf(world, body, pageSize)
        : jsonError(400, "UnknownEndpoint", "there are no prices in this region")
  },
  "ServiceQuotasV20190624.GetServiceQuota": {
    known: ["ServiceCode", "QuotaCode"],
    run: (world, body) => {
      const code = text(body, "QuotaCode")
      return /^L-[0-9A-F]{8}$/.test(code)
        ? json({
            Quota: { QuotaCode: code, QuotaName: "vCPUs that run at once", Value: world.quotas.get(code) ?? 1000 }
          })
        : jsonError(400, "NoSuchResourceException", "there is no such quota")
    }
  }
}

/** What a body has that its service does not know. */
export const strangeIn = (target: string, body: unknown): string | undefined => {
  const service = jsonServices[target]
  if (service === undefined) return `${target} is not emulated`
  if (!isRecord(body)) return "body: it is no JSON object"
  const [first] = unknownIn(body, service.known)
  return first === undefined ? undefined : `${first} is no parameter of ${target}`
}

export const answerJson = (
  world: World,
  target: string,
  body: unknown,
  around: { readonly pageSize: number; readonly region: string }
): Answer =>
  jsonServices[target]?.run(world, isRecord(body) ? body : {}, around) ??
  jsonError(400, "UnknownOperationException", `${target} is not emulated`)
