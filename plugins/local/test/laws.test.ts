import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import { layer } from "./rented.ts"

ProviderLaws.suite("local", layer, { concurrent: true, every: "50 millis", within: "20 seconds", timeout: "1 minute" })
