import { assert, describe, it } from "@effect/vitest"
import { isServiceFailure, meaningOf, once, repeatable } from "@runctl/plugin-aws/Failures"

const refused = (code: string, message = "as it says", status = 400) =>
  ({
    _tag: "Refused",
    status,
    code,
    message,
    retryAfter: undefined,
    setting: "the keys",
    scope: "ec2:RunInstances"
  }) as const

describe("a refusal", () => {
  const meanings = {
    InsufficientInstanceCapacity: "OutOfCapacity",
    InsufficientHostCapacity: "OutOfCapacity",
    UnfulfillableCapacity: "OutOfCapacity",
    Unsupported: "OutOfCapacity",
    InsufficientFreeAddressesInSubnet: "OutOfCapacity",
    SpotMaxPriceTooLow: "PriceTooLow",
    VcpuLimitExceeded: "QuotaExceeded",
    MaxSpotInstanceCountExceeded: "QuotaExceeded",
    VpcLimitExceeded: "QuotaExceeded",
    RequestLimitExceeded: "RateLimited",
    Throttling: "RateLimited",
    ThrottlingException: "RateLimited",
    DependencyViolation: "Conflict",
    IncorrectInstanceState: "Conflict",
    IdempotentParameterMismatch: "Conflict",
    "InvalidInstanceID.NotFound": "NotFound",
    "InvalidAMIID.NotFound": "NotFound",
    ParameterNotFound: "NotFound",
    UnauthorizedOperation: "Forbidden",
    OptInRequired: "Forbidden",
    PendingVerification: "Forbidden",
    "AuthFailure.ServiceLinkedRoleCreationNotPermitted": "Forbidden",
    AuthFailure: "Unauthorized",
    ExpiredToken: "Unauthorized",
    RequestExpired: "Unauthorized",
    UnrecognizedClientException: "Unauthorized",
    InvalidParameterValue: "Rejected",
    InvalidBlockDeviceMapping: "Rejected",
    "SomethingNobody.HasSeen": "Rejected"
  } as const

  for (const [code, reason] of Object.entries(meanings)) {
    it(`with the code ${code} is ${reason}`, () => {
      assert.strictEqual(meaningOf(refused(code))._tag, reason)
    })
  }

  it("tells its code, its words and the permission that was missing", () => {
    assert.match(
      meaningOf(refused("UnauthorizedOperation")).message,
      /UnauthorizedOperation: as it says.*ec2:RunInstances/
    )
    assert.match(meaningOf(refused("SomethingNobody.HasSeen")).message, /SomethingNobody\.HasSeen: as it says/)
    const role = meaningOf(refused("AuthFailure.ServiceLinkedRoleCreationNotPermitted"))
    assert.match(role.message, /create-service-linked-role --aws-service-name spot/)
    assert.match(meaningOf(refused("ExpiredToken")).message, /log in again; machines go on billing/)
  })

  it("for want of capacity is one, though it comes with 500", () => {
    assert.isFalse(isServiceFailure("InsufficientInstanceCapacity", 500))
    assert.isFalse(isServiceFailure("RequestLimitExceeded", 503))
    for (const code of ["InternalError", "ServiceUnavailable", "Unavailable", "Unknown", "Whatever"]) {
      assert.isTrue(isServiceFailure(code, 503), code)
    }
    assert.isFalse(isServiceFailure("InvalidParameterValue", 400))
  })

  it("of a launch is no unknown outcome; what was lost is", () => {
    assert.strictEqual(once(refused("InsufficientInstanceCapacity"))._tag, "OutOfCapacity")
    assert.strictEqual(once({ _tag: "NotSent", message: "" })._tag, "Unavailable")
    assert.strictEqual(once({ _tag: "Lost", message: "" })._tag, "OutcomeUnknown")
    assert.strictEqual(once({ _tag: "Broken", message: "", retryAfter: undefined })._tag, "OutcomeUnknown")
    assert.strictEqual(once({ _tag: "Strange", message: "" })._tag, "OutcomeUnknown")
    assert.strictEqual(repeatable({ _tag: "Lost", message: "" })._tag, "Unavailable")
  })
})
