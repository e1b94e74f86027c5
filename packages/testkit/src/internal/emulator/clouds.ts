import type { CloudCore, CloudOptions, Surroundings } from "../cloud/CloudCore.ts"
import * as Aws from "../cloud/aws/make.ts"
import * as DigitalOcean from "../cloud/digitalocean/make.ts"
import * as Lyceum from "../cloud/lyceum/make.ts"
import * as RunPod from "../cloud/runpod/make.ts"
import * as Vastai from "../cloud/vastai/make.ts"
import * as Verda from "../cloud/verda/make.ts"

/** Makes a cloud, given how it is to behave and what is around it. */
export type Make<Options extends CloudOptions, Core extends CloudCore> = (
  options: Options,
  surroundings: Surroundings
) => Core

/** Every cloud that there is, by the name that `testkit emulate` knows; sorted. */
export const clouds = {
  aws: Aws.makeCore,
  digitalocean: DigitalOcean.makeCore,
  lyceum: Lyceum.makeCore,
  runpod: RunPod.makeCore,
  vastai: Vastai.makeCore,
  verda: Verda.makeCore
} satisfies Readonly<Record<string, Make<CloudOptions, CloudCore>>>
