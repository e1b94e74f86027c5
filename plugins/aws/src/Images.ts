/**
 * What machines boot from.
 *
 * @since 0.1.0
 */
import * as ProviderError from "@runctl/core/ProviderError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import type { Aws } from "./AwsClient.ts"
import * as Calls from "./internal/calls.ts"
import { type Cause, isMissing } from "./Failures.ts"
import type { Shape } from "./Shapes.ts"
import type { Store } from "./Store.ts"

/**
 * An image, the name of the device its system is on, and how large that is at least.
 *
 * **Units**  rootGiB: GiB
 *
 * @category models
 * @since 0.1.0
 */
export const Bootable = Schema.Struct({
  imageId: Schema.NonEmptyString,
  rootDevice: Schema.NonEmptyString,
  rootGiB: Schema.Finite
})
export type Bootable = typeof Bootable.Type

/** Images come every few weeks. */
const day = Duration.days(1)

/**
 * Public parameters that name the newest image for a shape, best first: Ubuntu, with NVIDIA's driver where there are its
 * GPUs.
 *
 * @source https://docs.aws.amazon.com/dlami/latest/devguide/find-dlami-id.html (read 2026-11-20)
 * @category decisions
 * @since 0.1.0
 */
export const parametersFor = ({ architectures, gpuMaker }: Shape): ReadonlyArray<string> => {
  const isArm = !architectures.includes("x86_64") && architectures.includes("arm64")
  const ubuntu = (version: string, disk: string) =>
    `/aws/service/canonical/ubuntu/server/${version}/stable/current/${isArm ? "arm64" : "amd64"}/hvm/${disk}/ami-id`
  const learning = (version: string) =>
    `/aws/service/deeplearning/ami/${isArm ? "arm64" : "x86_64"}/base-oss-nvidia-driver-gpu-ubuntu-${version}/latest/ami-id`
  return gpuMaker?.toUpperCase() === "NVIDIA"
    ? [learning("24.04"), learning("22.04")]
    : [ubuntu("24.04", "ebs-gp3"), ubuntu("22.04", "ebs-gp2")]
}

/** What somebody may write as an image: an id, or the name of a parameter. @category predicates @since 0.1.0 */
export const isImage = (image: string): boolean => /^(ami-[0-9a-f]{8}([0-9a-f]{9})?|\/[A-Za-z0-9_./-]+)$/.test(image)

const parameter = (aws: Aws, region: string, name: string): Effect.Effect<string, Cause> =>
  aws.call(region, Calls.getParameter({ Name: name })).pipe(
    Effect.flatMap(Answers.read(Answers.Parameter, `the parameter ${name}`)),
    Effect.map(({ Parameter }) => Parameter.Value)
  )

const firstOf = (aws: Aws, region: string, [name, ...others]: ReadonlyArray<string>): Effect.Effect<string, Cause> =>
  name === undefined
    ? Effect.fail(
        new ProviderError.Rejected({ message: `${region} has no image for this machine: name one with --image` })
      )
    : parameter(aws, region, name).pipe(Effect.catchIf(isMissing, () => firstOf(aws, region, others)))

const described = Effect.fnUntraced(function* (aws: Aws, region: string, imageId: string) {
  const rows = yield* aws
    .call(region, Calls.describeImages({ ImageIds: [imageId] }))
    .pipe(Effect.flatMap(Answers.under("Images", Schema.Array(Answers.Image))))
  const [image] = rows
  if (image === undefined) return yield* new ProviderError.Rejected({ message: `${region} has no image ${imageId}` })
  const rootDevice = image.RootDeviceName ?? "/dev/sda1"
  const root = image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === rootDevice)
  return { imageId: image.ImageId, rootDevice, rootGiB: root?.Ebs?.VolumeSize ?? 8 }
})

/**
 * The image for a shape in a region, or the one that is asked for.
 *
 * **Errors**  `Rejected` for what is no image, or where a region has none for the shape.
 *
 * @category queries
 * @since 0.1.0
 */
export const find = Effect.fnUntraced(function* (
  { aws, store }: { readonly aws: Aws; readonly store: Store },
  region: string,
  shape: Shape,
  image: string | undefined
): Effect.fn.Return<Bootable, Cause> {
  if (image !== undefined && !isImage(image)) {
    return yield* new ProviderError.Rejected({
      message: `"${image}" is no image of AWS: expected an id like ami-0123456789abcdef0, or the name of a parameter of SSM that holds one, like /aws/service/…`
    })
  }
  const names = image === undefined ? parametersFor(shape) : [image]
  const [arch = "any"] = shape.architectures
  const what = image === undefined ? `${arch}-${shape.gpuMaker ?? "plain"}` : image.slice(-60)
  const load = Effect.gen(function* () {
    const [first = ""] = names
    const id = first.startsWith("/") ? yield* firstOf(aws, region, names) : first
    return yield* described(aws, region, id)
  })
  return (yield* store.cached(`image-${region}-${what}`, Bootable, day, load)).value
})
