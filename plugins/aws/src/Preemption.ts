/**
 * How a machine itself sees that it is about to be taken back.
 *
 * @since 0.1.0
 */
import type { Settings } from "./Settings.ts"

const service = "${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}"

const whole = "/latest/meta-data/spot/instance-action"
const maybe = "/latest/meta-data/events/recommendations/rebalance"

/**
 * A `sh` command that succeeds once there is a notice: two minutes before the end, where AWS gives any. With
 * `on-rebalance: leave` a recommendation to rebalance counts as one, which comes earlier and not always.
 *
 * **Details**  it speaks version 2 of the metadata service: a token first, then the question. Where that does not answer
 * there is no notice.
 *
 * @source https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html (read 2026-11-20)
 * @category constructors
 * @since 0.1.0
 */
export const probe = ({ onRebalance }: Pick<Settings, "onRebalance">): string => {
  const paths = onRebalance === "leave" ? [whole, maybe] : [whole]
  const questions = paths.map((path) => `ask "$service${path}"`).join(" || ")
  return `service="${service}"
token=$(curl -sf -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$service/latest/api/token") || exit 1
ask() { curl -sf -m 2 -o /dev/null -H "X-aws-ec2-metadata-token: $token" "$1"; }
${questions}
`
}
