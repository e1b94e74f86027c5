import * as Schema from "effect/Schema"
import type { Answer } from "../http.ts"
import { notFound, problem } from "./errors.ts"
import { type Call, ok, type Route, route } from "./route.ts"
import { answers, CpuQuery, GpuQuery, noBody, noQuery } from "./schemas.ts"
import * as views from "./views.ts"
import type { Template, World } from "./World.ts"

/** Availability is told only for a product, and a product only with availability. */
const isMismatch = ({ include, product }: { readonly include?: string; readonly product?: string }): boolean =>
  (include === undefined) !== (product === undefined)

const gpus = (world: World, { query }: Call<typeof GpuQuery.Type, undefined>): Answer => {
  if (isMismatch(query)) return problem(400, "include=AVAILABILITY and product must be sent together")
  const { cloud = "SECURE", count = 1, include } = query
  const asked =
    include === undefined ? undefined : ({ count, cloud: cloud === "SECURE" ? "secure" : "community" } as const)
  return ok({ gpus: [...world.gpus.values()].map((gpu) => views.gpu(gpu, asked)) })
}

const template = ({ env, id, image, name, ports }: Template): unknown => ({
  id,
  name,
  image,
  args: "",
  disk: 20,
  mounts: {},
  ports,
  env,
  registry: null,
  serverless: false,
  public: false,
  category: "NVIDIA",
  startSsh: true,
  startJupyter: false,
  allowedCudaVersions: []
})

const Query = Schema.Struct({ query: Schema.String })

/** The only document of the old API that a pod still needs: it ends itself. */
const graphql = (world: World, { body, now, own }: Call<unknown, typeof Query.Type>): Answer => {
  const [, id] = /podTerminate\(input:\s*\{\s*podId:\s*"([^"]+)"\s*\}\)/.exec(body.query) ?? []
  const pod = world.pods.get(id ?? "")
  if (pod === undefined || pod.truth.at(now) === undefined || (own !== undefined && own !== pod)) {
    const message = "Something went wrong. Please try again later or contact support."
    return ok({ errors: [{ message, path: ["podTerminate"], extensions: { code: "RUNPOD" } }], data: null })
  }
  pod.touched = true
  world.destroy(pod, now)
  return ok({ data: { podTerminate: null } })
}

export const otherRoutes: ReadonlyArray<Route> = [
  route({
    method: "GET",
    path: "/v2/catalog/gpus",
    query: GpuQuery,
    body: noBody,
    answer: answers.gpus,
    run: gpus
  }),
  route({
    method: "GET",
    path: "/v2/catalog/cpus",
    query: CpuQuery,
    body: noBody,
    answer: answers.cpus,
    run: (world, { query }) =>
      isMismatch(query)
        ? problem(400, "include=AVAILABILITY and product must be sent together")
        : ok({ cpus: [...world.cpus.values()].map((cpu) => views.cpu(cpu, query.include !== undefined)) })
  }),
  route({
    method: "GET",
    path: "/v2/templates/:template",
    query: noQuery,
    body: noBody,
    answer: answers.template,
    run: (world, { params: [id] }) => {
      const found = world.templates.find((each) => each.id === id)
      return found === undefined ? notFound : ok(template(found))
    }
  }),
  route({
    method: "GET",
    path: "/v2/templates",
    query: noQuery,
    body: noBody,
    answer: answers.templates,
    run: (world) => ok({ templates: world.templates.map(template) })
  }),
  route({
    method: "GET",
    path: "/v2/network-volumes",
    query: noQuery,
    body: noBody,
    answer: answers.volumes,
    run: (world) => ok({ networkVolumes: world.volumes })
  }),
  route({
    method: "POST",
    path: "/graphql",
    isForPods: true,
    query: noQuery,
    body: Query,
    answer: answers.anything,
    run: graphql
  })
]
