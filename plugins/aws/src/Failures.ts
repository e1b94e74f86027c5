/**
 * How a call fails: what happened on the way, and what AWS's refusals mean.
 *
 * @since 0.1.0
 */
import * as CloudFailure from "@runctl/core/CloudFailure"
import * as ProviderError from "@runctl/core/ProviderError"

/** The provider's name. @category constants @since 0.1.0 */
export const provider = "aws"

/** How a request is not answered as promised. @category models @since 0.1.0 */
export type Failure = CloudFailure.Failure
/** How anything here fails before it is a `ProviderError`. @category models @since 0.1.0 */
export type Cause = CloudFailure.Cause

/** What stands behind the keys, as far as a person can look at it. @category constants @since 0.1.0 */
export const credentialPlaces = "AWS's own chain (AWS_PROFILE, AWS_ACCESS_KEY_ID, ~/.aws, SSO, roles)"

const says = (...codes: ReadonlyArray<string>): RegExp => new RegExp(`^(${codes.join("|")})$`)

/** Another pool of machines may still have some. */
const capacity = says(
  "InsufficientInstanceCapacity",
  "InsufficientHostCapacity",
  "InsufficientReservedInstanceCapacity",
  "InsufficientCapacity",
  "UnfulfillableCapacity",
  "ReservationCapacityExceeded",
  "InsufficientFreeAddressesInSubnet",
  "Unsupported"
)

const quota = says(
  "VcpuLimitExceeded",
  "MaxSpotInstanceCountExceeded",
  "InstanceLimitExceeded",
  "VolumeLimitExceeded",
  "MaxFleetCountExceeded",
  "VpcLimitExceeded",
  "AddressLimitExceeded",
  "SecurityGroupLimitExceeded",
  "RulesPerSecurityGroupLimitExceeded",
  "InternetGatewayLimitExceeded",
  "RouteTableLimitExceeded",
  "SubnetLimitExceeded",
  "KeyPairLimitExceeded",
  "ResourceLimitExceeded"
)

const credential = says(
  "NoCredentials",
  "AuthFailure",
  "InvalidClientTokenId",
  "SignatureDoesNotMatch",
  "IncompleteSignature",
  "MissingAuthenticationToken(Exception)?",
  "InvalidSignatureException",
  "InvalidAccessKeyId",
  "UnrecognizedClientException",
  "ExpiredToken(Exception)?",
  "TokenRefreshRequired",
  "RequestExpired"
)

const expired = says("ExpiredToken(Exception)?", "TokenRefreshRequired")

const forbidden = says(
  "UnauthorizedOperation",
  "AccessDenied(Exception)?",
  "AuthFailure\\.ServiceLinkedRoleCreationNotPermitted",
  "OptInRequired",
  "PendingVerification",
  "Blocked"
)

const missing =
  /(^|\.)(NotFound|NotFoundException|Unavailable)$|^(ParameterNotFound|NoSuchResourceException|NoSuchEntity)$/

const busy = says(
  "IncorrectInstanceState",
  "IncorrectState",
  "IncorrectSpotRequestState",
  "DependencyViolation",
  "IdempotentParameterMismatch",
  "ConcurrentTagAccess",
  "InvalidInstanceID\\.NotLinkable",
  "InvalidParameterCombination\\.Busy"
)

const throttled = says(
  "RequestLimitExceeded",
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "EC2ThrottledException",
  "TooManyRequestsException",
  "RequestThrottled(Exception)?",
  "BandwidthLimitExceeded",
  "SlowDown"
)

const failing5xx = says(
  "InternalError",
  "InternalFailure",
  "InternalServerError",
  "InternalErrorException",
  "InternalServiceError",
  "ServerInternal",
  "ServiceUnavailable(Exception)?",
  "Unavailable",
  "Unknown"
)

/** Whether a code is the service's own failure, after which nobody knows what it did. @category predicates @since 0.1.0 */
export const isServiceFailure = (code: string, status: number): boolean =>
  failing5xx.test(code) || (status >= 500 && !capacity.test(code) && !quota.test(code) && !throttled.test(code))

/** Whether more of the same pace would be refused. @category predicates @since 0.1.0 */
export const isThrottled = (cause: Cause): boolean => cause._tag === "Refused" && throttled.test(cause.code ?? "")

/** Whether something is not there, in the API's own words. @category predicates @since 0.1.0 */
export const isMissing = (cause: Cause): boolean => cause._tag === "Refused" && missing.test(cause.code ?? "")

/** Whether a refusal has one of these codes. @category predicates @since 0.1.0 */
export const hasCode = (cause: Cause, ...codes: ReadonlyArray<string>): boolean =>
  cause._tag === "Refused" && codes.includes(cause.code ?? "")

/** Whether a region answers that this account may not use it. @category predicates @since 0.1.0 */
export const isClosedRegion = (cause: Cause): boolean =>
  cause._tag === "Refused" &&
  /^(AuthFailure|UnauthorizedOperation|OptInRequired|AccessDenied.*)$/.test(cause.code ?? "")

const linkedRole =
  "the first spot machine of an account needs the role that `aws iam create-service-linked-role --aws-service-name spot.amazonaws.com` makes"

/**
 * What a refused request's code means. A code that nobody knows is final, and told as it is.
 *
 * @source https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (read 2026-11-20)
 * @category conversions
 * @since 0.1.0
 */
export const meaningOf = ({ code = "", message, scope }: CloudFailure.Refused): ProviderError.Reason => {
  const said = { message: `${code}: ${message}` }
  if (code === "SpotMaxPriceTooLow") return new ProviderError.PriceTooLow(said)
  if (capacity.test(code)) return new ProviderError.OutOfCapacity(said)
  if (quota.test(code)) return new ProviderError.QuotaExceeded({ ...said, quota: code })
  if (throttled.test(code)) return new ProviderError.RateLimited(said)
  if (busy.test(code)) return new ProviderError.Conflict(said)
  if (missing.test(code)) return new ProviderError.NotFound(said)
  if (forbidden.test(code)) {
    const more = code.startsWith("AuthFailure.ServiceLinkedRole")
      ? `: ${linkedRole}`
      : `; the call takes ${scope ?? "another permission"}`
    return new ProviderError.Forbidden({ message: `${said.message}${more}. See docs/aws-permissions.md` })
  }
  if (credential.test(code)) {
    const more = expired.test(code) ? "the session is over, log in again; machines go on billing" : message
    return new ProviderError.Unauthorized({ setting: `${credentialPlaces} (${code}: ${more})` })
  }
  return new ProviderError.Rejected(said)
}

/** How failures here become those of the provider. @category conversions @since 0.1.0 */
export const { failing, once, repeatable }: CloudFailure.Failures = CloudFailure.make({ provider, meaningOf })
