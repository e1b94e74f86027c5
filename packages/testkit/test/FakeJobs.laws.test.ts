import * as FakeJobs from "@runctl/testkit/FakeJobs"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Layer from "effect/Layer"
import { platform } from "./platform.ts"

ProviderLaws.suite(
  "a provider that runs jobs itself",
  FakeJobs.layer({ bootsFor: "5 millis", endsFor: "5 millis" }).pipe(Layer.provideMerge(platform)),
  { concurrent: true, every: "5 millis", within: "10 seconds", timeout: "20 seconds" }
)
